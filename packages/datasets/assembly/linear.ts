// OpenCV's bilinear resize of bytes, to the last bit: weights × 2^11, across first, and the shifts of its rows' sum.

/** The first pixel's and the second pixel's channels side by side as 16-bit numbers. */
function pairMask(channels: i32): v128 {
  if (channels === 1) return i8x16(0, 16, 4, 16, 0, 16, 4, 16, 0, 16, 4, 16, 16, 16, 16, 16);
  return i8x16(0, 16, 4, 16, 1, 16, 5, 16, 2, 16, 6, 16, 16, 16, 16, 16);
}

/**
 * `height` rows of `width` RGB pixels, one after another at `out`.
 * `columns` holds for each output pixel two int32 (its two source pixels' offsets in bytes) and two int16 (weights);
 * `rows` for each output row four int32: its two source rows and their weights. `between` has room for two rows of
 * `12·width + 16` bytes; the source has 4 bytes to spare behind, `out` 16.
 */
export function linear(
  source: usize,
  stride: usize,
  channels: i32,
  columns: usize,
  width: i32,
  rows: usize,
  height: i32,
  between: usize,
  out: usize,
): void {
  const mask = pairMask(channels);
  const length = 3 * width;
  let upper = between;
  let lower = between + ((<usize>length) << 2) + 16;
  let inUpper = -1;
  let inLower = -1;
  for (let y = 0; y < height; y++) {
    const first = load<i32>(rows);
    const second = load<i32>(rows, 4);
    if (first !== inUpper) {
      const freed = upper;
      upper = lower;
      lower = freed;
      const had = inUpper;
      inUpper = inLower;
      inLower = had;
      if (first !== inUpper) {
        across(source + <usize>first * stride, mask, columns, width, upper);
        inUpper = first;
      }
    }
    let other = upper;
    if (second !== first) {
      if (second !== inLower) {
        across(source + <usize>second * stride, mask, columns, width, lower);
        inLower = second;
      }
      other = lower;
    }
    down(upper, other, load<i32>(rows, 8), load<i32>(rows, 12), length, out);
    out += length;
    rows += 16;
  }
}

function across(row: usize, mask: v128, columns: usize, width: i32, out: usize): void {
  for (let x = 0; x < width; x++) {
    const left = v128.load32_zero(row + <usize>load<i32>(columns));
    const pair = v128.load32_lane(row + <usize>load<i32>(columns, 4), left, 1);
    const sum = i32x4.dot_i16x8_s(v128.swizzle(pair, mask), v128.load32_splat(columns, 8));
    v128.store(out, sum);
    columns += 12;
    out += 12;
  }
}

function down(upper: usize, lower: usize, w0: i32, w1: i32, length: i32, out: usize): void {
  const a = i32x4.splat(w0);
  const b = i32x4.splat(w1);
  for (let i = 0; i < length; i += 8) {
    const words = i16x8.narrow_i32x4_s(mix(upper, lower, a, b), mix(upper + 16, lower + 16, a, b));
    v128.store64_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    upper += 32;
    lower += 32;
    out += 8;
  }
}

function mix(upper: usize, lower: usize, a: v128, b: v128): v128 {
  const s0 = i32x4.shr_s(i32x4.mul(i32x4.shr_s(v128.load(upper), 4), a), 16);
  const s1 = i32x4.shr_s(i32x4.mul(i32x4.shr_s(v128.load(lower), 4), b), 16);
  return i32x4.shr_s(i32x4.add(i32x4.add(s0, s1), i32x4.splat(2)), 2);
}
