/** Pillow's fixed point for 8-bit images: 32 bits less 8 of the pixel and 2 of head-room. */
export const PRECISION_BITS = 22;

/** Where each output pixel reads from along one axis, and with what fixed-point weights. */
export interface AxisTaps {
  /** First source pixel of each output pixel. */
  readonly from: Int32Array;
  /** Number of source pixels of each output pixel; at least 1. */
  readonly count: Int32Array;
  /** Weights × 2^22, `stride` places for each output pixel. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * Weights of the triangle filter, widened by the down-sampling factor, for output pixels `first…first+length−1`
 * of an axis that goes from `source` to `target` pixels; computed as Pillow does, to the last bit.
 *
 * $w_i \propto \max(0, 1 - |i + ½ - c| / s)$ with $c = (o + ½)·scale$ and $s = \max(1, scale)$.
 */
export function axisTaps(source: number, target: number, first: number, length: number): AxisTaps {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const from = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * stride);
  const raw = new Float64Array(stride);
  const inverse = 1 / support;

  for (let o = 0; o < length; o++) {
    const center = (first + o + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(source, Math.trunc(center + support + 0.5)) - low;
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      const distance = Math.abs((t + low - center + 0.5) * inverse);
      const weight = distance < 1 ? 1 - distance : 0;
      raw[t] = weight;
      sum += weight;
    }
    let used = 1;
    for (let t = 0; t < taps; t++) {
      const weight = sum === 0 ? raw[t]! : raw[t]! / sum;
      const fixed = Math.trunc(0.5 + weight * 2 ** PRECISION_BITS);
      weights[o * stride + t] = fixed;
      if (fixed !== 0) used = t + 1;
    }
    from[o] = low;
    count[o] = used;
  }
  return { from, count, weights, stride };
}
