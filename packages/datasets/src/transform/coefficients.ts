/** Pillow's fixed point for 8-bit images: 32 bits less 8 of the pixel and 2 of head-room. */
export const PRECISION_BITS = 22;

/** Bits of a weight's lower half: both halves fit 16-bit multiplication. */
const LOW_BITS = 11;

/** Where each output pixel reads from along one axis, and with what fixed-point weights, two taps at a time. */
export interface AxisTaps {
  /** First source pixel of each output pixel. */
  readonly from: Int32Array;
  /** Pairs of taps of each output pixel. */
  readonly pairs: Int32Array;
  /** For each pair low, low, high, high: a weight × 2^22 is `high·2^11 + low`. */
  readonly weights: Int16Array;
  /** Pairs that `weights` has room for, for each output pixel. */
  readonly places: number;
  /** Source pixels that are read: the first, and how many. */
  readonly first: number;
  readonly length: number;
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
  const places = Math.ceil(support) + 1;
  const from = new Int32Array(length);
  const pairs = new Int32Array(length);
  const weights = new Int16Array(length * places * 4);
  const raw = new Float64Array(places * 2);
  const inverse = 1 / support;
  let end = 0;

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
      const at = (o * places + (t >> 1)) * 4 + (t & 1);
      weights[at] = fixed & (2 ** LOW_BITS - 1);
      weights[at + 2] = fixed >> LOW_BITS;
      if (fixed !== 0) used = t + 1;
    }
    from[o] = low;
    pairs[o] = (used + 1) >> 1;
    end = Math.max(end, low + used);
  }
  return { from, pairs, weights, places, first: from[0]!, length: end - from[0]! };
}
