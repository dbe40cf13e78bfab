// The pixel loops in AssemblyScript. `pnpm build:wasm` compiles them into src/wasm/kernels-binary.ts.
//
// A weight w × 2^22 is split as hi·2^11 + lo, so that two taps and four channels go through one pair of 16-bit
// multiply-adds; the sums are those of 32-bit arithmetic to the last bit. A table has 8 bytes for each pair of taps:
// lo, lo, hi, hi as int16.

export { linear } from './linear';
export { lookup } from './lookup';

const HALF: i32 = 1 << 21;

/** Bytes of the pixels t and t+1 of a row, put side by side channel for channel as 16-bit numbers. */
function pairMask(channels: i32): v128 {
  if (channels === 1) return i8x16(0, 16, 1, 16, 0, 16, 1, 16, 0, 16, 1, 16, 16, 16, 16, 16);
  if (channels === 3) return i8x16(0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
  return i8x16(0, 16, 4, 16, 1, 16, 5, 16, 2, 16, 6, 16, 16, 16, 16, 16);
}

/**
 * `rows` rows of source pixels across, to `pixels` RGB pixels each.
 * `from` and `pairs` hold an int32 for each output pixel; a row's table has `places` pairs for each output pixel.
 */
export function across(
  source: usize,
  sourceStride: usize,
  rows: i32,
  channels: i32,
  pixels: i32,
  from: usize,
  pairs: usize,
  weights: usize,
  places: i32,
  out: usize,
  outStride: usize,
): void {
  const mask = pairMask(channels);
  const half = i32x4.splat(HALF);
  const step: usize = 2 * <usize>channels;
  for (let row = 0; row < rows; row++) {
    let to = out;
    let table = weights;
    for (let x = 0; x < pixels; x++) {
      let at = source + <usize>(load<i32>(from + ((<usize>x) << 2)) * channels);
      const end = table + ((<usize>load<i32>(pairs + ((<usize>x) << 2))) << 3);
      let lo = half;
      let hi = i32x4.splat(0);
      for (let w = table; w < end; w += 8) {
        const values = v128.swizzle(v128.load64_zero(at), mask);
        lo = i32x4.add(lo, i32x4.dot_i16x8_s(values, v128.load32_splat(w)));
        hi = i32x4.add(hi, i32x4.dot_i16x8_s(values, v128.load32_splat(w, 4)));
        at += step;
      }
      const sum = i32x4.shr_s(i32x4.add(lo, i32x4.shl(hi, 11)), 22);
      const words = i16x8.narrow_i32x4_s(sum, sum);
      const bytes = i8x16.narrow_i16x8_u(words, words);
      v128.store16_lane(to, bytes, 0);
      v128.store8_lane(to, bytes, 2, 2);
      to += 3;
      table += (<usize>places) << 3;
    }
    source += sourceStride;
    out += outStride;
  }
}

/** One output row of `length` bytes: `pairs` pairs of source rows, `stride` bytes apart, added by weight. */
export function mixRows(
  source: usize,
  stride: usize,
  pairs: i32,
  weights: usize,
  length: usize,
  out: usize,
): void {
  const end = weights + ((<usize>pairs) << 3);
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    let at = source + i;
    let lo0 = i32x4.splat(HALF);
    let lo1 = lo0;
    let lo2 = lo0;
    let lo3 = lo0;
    let hi0 = i32x4.splat(0);
    let hi1 = hi0;
    let hi2 = hi0;
    let hi3 = hi0;
    for (let w = weights; w < end; w += 8) {
      const upper = v128.load(at);
      const lower = v128.load(at + stride);
      const first = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const last = v128.shuffle<u8>(
        upper,
        lower,
        8,
        24,
        9,
        25,
        10,
        26,
        11,
        27,
        12,
        28,
        13,
        29,
        14,
        30,
        15,
        31,
      );
      const v0 = i16x8.extend_low_i8x16_u(first);
      const v1 = i16x8.extend_high_i8x16_u(first);
      const v2 = i16x8.extend_low_i8x16_u(last);
      const v3 = i16x8.extend_high_i8x16_u(last);
      const low = v128.load32_splat(w);
      const high = v128.load32_splat(w, 4);
      lo0 = i32x4.add(lo0, i32x4.dot_i16x8_s(v0, low));
      lo1 = i32x4.add(lo1, i32x4.dot_i16x8_s(v1, low));
      lo2 = i32x4.add(lo2, i32x4.dot_i16x8_s(v2, low));
      lo3 = i32x4.add(lo3, i32x4.dot_i16x8_s(v3, low));
      hi0 = i32x4.add(hi0, i32x4.dot_i16x8_s(v0, high));
      hi1 = i32x4.add(hi1, i32x4.dot_i16x8_s(v1, high));
      hi2 = i32x4.add(hi2, i32x4.dot_i16x8_s(v2, high));
      hi3 = i32x4.add(hi3, i32x4.dot_i16x8_s(v3, high));
      at += 2 * stride;
    }
    const front = i16x8.narrow_i32x4_s(total(lo0, hi0), total(lo1, hi1));
    const back = i16x8.narrow_i32x4_s(total(lo2, hi2), total(lo3, hi3));
    v128.store(out + i, i8x16.narrow_i16x8_u(front, back));
  }
  for (; i < length; i++) {
    let at = source + i;
    let lo = HALF;
    let hi = 0;
    for (let w = weights; w < end; w += 8) {
      const upper = <i32>load<u8>(at);
      const lower = <i32>load<u8>(at + stride);
      lo += upper * <i32>load<i16>(w) + lower * <i32>load<i16>(w, 2);
      hi += upper * <i32>load<i16>(w, 4) + lower * <i32>load<i16>(w, 6);
      at += 2 * stride;
    }
    store<u8>(out + i, <u8>((lo + (hi << 11)) >> 22));
  }
}

function total(lo: v128, hi: v128): v128 {
  return i32x4.shr_s(i32x4.add(lo, i32x4.shl(hi, 11)), 22);
}

/**
 * Undoes a PNG's row filters: `rows` rows of a filter byte and `length` bytes at `source` become rows of `length`
 * bytes at `out`, pixels `size` bytes apart (1…4). Returns the first row whose filter is unknown, or −1.
 * The 16 bytes before `out` and the `length + 16` bytes at `blank` are zero; both areas have 16 bytes to spare behind.
 */
export function unfilter(
  source: usize,
  rows: i32,
  length: usize,
  size: usize,
  out: usize,
  blank: usize,
): i32 {
  let above = blank;
  for (let row = 0; row < rows; row++) {
    const filter = load<u8>(source);
    const from = source + 1;
    if (filter === 0) memory.copy(out, from, length);
    else if (filter === 1) addLeft(from, length, size, out);
    else if (filter === 2) addAbove(from, length, above, out);
    else if (filter === 3) addAverage(from, length, size, above, out);
    else if (filter === 4) addPaeth(from, length, size, above, out);
    else return row;
    above = out;
    source += length + 1;
    out += length;
  }
  return -1;
}

function addLeft(from: usize, length: usize, size: usize, out: usize): void {
  if (size < 3) {
    for (let i: usize = 0; i < length; i++) {
      const left = i < size ? 0 : load<u8>(out + i - size);
      store<u8>(out + i, load<u8>(from + i) + left);
    }
    return;
  }
  let left = i32x4.splat(0);
  for (let i: usize = 0; i < length; i += size) {
    left = i8x16.add(left, v128.load32_zero(from + i));
    v128.store32_lane(out + i, left, 0);
  }
}

function addAbove(from: usize, length: usize, above: usize, out: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(out + i, i8x16.add(v128.load(from + i), v128.load(above + i)));
  }
}

function addAverage(from: usize, length: usize, size: usize, above: usize, out: usize): void {
  if (size < 3) {
    for (let i: usize = 0; i < length; i++) {
      const left: u32 = i < size ? 0 : load<u8>(out + i - size);
      store<u8>(out + i, <u8>(<u32>load<u8>(from + i) + ((left + load<u8>(above + i)) >> 1)));
    }
    return;
  }
  const one = i8x16.splat(1);
  let left = i32x4.splat(0);
  for (let i: usize = 0; i < length; i += size) {
    const up = v128.load32_zero(above + i);
    const odd = v128.and(v128.xor(left, up), one);
    const mean = i8x16.sub(i8x16.avgr_u(left, up), odd);
    left = i8x16.add(mean, v128.load32_zero(from + i));
    v128.store32_lane(out + i, left, 0);
  }
}

function addPaeth(from: usize, length: usize, size: usize, above: usize, out: usize): void {
  if (size < 3) {
    for (let i: usize = 0; i < length; i++) {
      const left: i32 = i < size ? 0 : load<u8>(out + i - size);
      const corner: i32 = i < size ? 0 : load<u8>(above + i - size);
      const up: i32 = load<u8>(above + i);
      const a = abs(up - corner);
      const b = abs(left - corner);
      const c = abs(left + up - 2 * corner);
      const guess = a <= b && a <= c ? left : b <= c ? up : corner;
      store<u8>(out + i, <u8>(<i32>load<u8>(from + i) + guess));
    }
    return;
  }
  const low = i16x8.splat(0xff);
  let left = i16x8.splat(0);
  let corner = left;
  for (let i: usize = 0; i < length; i += size) {
    const up = i16x8.extend_low_i8x16_u(v128.load32_zero(above + i));
    const toLeft = i16x8.sub(up, corner);
    const toUp = i16x8.sub(left, corner);
    const a = i16x8.abs(toLeft);
    const b = i16x8.abs(toUp);
    const c = i16x8.abs(i16x8.add(toLeft, toUp));
    const least = i16x8.min_s(c, i16x8.min_s(a, b));
    const other = v128.bitselect(up, corner, i16x8.eq(least, b));
    const guess = v128.bitselect(left, other, i16x8.eq(least, a));
    const value = i16x8.add(guess, i16x8.extend_low_i8x16_u(v128.load32_zero(from + i)));
    left = v128.and(value, low);
    corner = up;
    v128.store32_lane(out + i, i8x16.narrow_i16x8_u(left, left), 0);
  }
}
