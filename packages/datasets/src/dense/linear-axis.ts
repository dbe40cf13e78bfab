/** Where each of some output pixels reads from along one axis: two source pixels and their weights × 2^11. */
export interface LinearAxis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int16Array;
  readonly secondWeight: Int16Array;
}

/** Bits of OpenCV's weights for 8-bit images. */
const WEIGHT_SCALE = 2048;

/**
 * OpenCV's bilinear taps (half-pixel centres, no antialias) of output pixels `from…from+length−1` of an axis that
 * goes from `source` to `target` pixels.
 *
 * @param across whether the axis is the rows' direction: there a place beyond the border takes the border's pixel
 * alone, downwards it mixes that pixel with itself, which rounds differently
 */
export function linearAxis(
  source: number,
  target: number,
  from: number,
  length: number,
  across: boolean,
): LinearAxis {
  const scale = 1 / (target / source);
  const last = source - 1;
  const axis = {
    first: new Int32Array(length),
    second: new Int32Array(length),
    firstWeight: new Int16Array(length),
    secondWeight: new Int16Array(length),
  };
  for (let i = 0; i < length; i++) {
    const center = Math.fround((from + i + 0.5) * scale - 0.5);
    const whole = Math.floor(center);
    const beyond = across && (whole < 0 || whole >= last);
    const share = beyond ? 0 : Math.fround(center - whole);
    axis.first[i] = Math.min(last, Math.max(0, whole));
    axis.second[i] = Math.min(last, Math.max(0, whole + 1));
    axis.firstWeight[i] = roundHalfEven(Math.fround(1 - share) * WEIGHT_SCALE);
    axis.secondWeight[i] = roundHalfEven(share * WEIGHT_SCALE);
  }
  return axis;
}

/** Source pixel of output pixels `from…from+length−1` as OpenCV's nearest neighbour: `⌊x·source/target⌋`. */
export function nearestAxis(source: number, target: number, from: number, length: number): Int32Array {
  const scale = 1 / (target / source);
  return Int32Array.from({ length }, (_, i) => Math.min(source - 1, Math.floor((from + i) * scale)));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
