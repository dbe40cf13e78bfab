/** Mean of ImageNet's channels, in units of full scale. */
export const IMAGENET_MEAN: readonly [number, number, number] = [0.485, 0.456, 0.406];

/** Standard deviation of ImageNet's channels, in units of full scale. */
export const IMAGENET_STD: readonly [number, number, number] = [0.229, 0.224, 0.225];

/**
 * `(v/255 − mean) / std` for every byte value and channel, in float32 steps as torch computes it.
 *
 * @returns 256·3 values, `table[v·3 + channel]`
 */
export function normaliseTable(mean: readonly number[], std: readonly number[]): Float32Array {
  const table = new Float32Array(256 * 3);
  for (let channel = 0; channel < 3; channel++) {
    const m = Math.fround(mean[channel]!);
    const s = Math.fround(std[channel]!);
    if (!(s > 0)) throw new RangeError(`The standard deviation of channel ${channel} is not positive.`);
    for (let v = 0; v < 256; v++) {
      table[v * 3 + channel] = Math.fround(Math.fround(Math.fround(v / 255) - m) / s);
    }
  }
  return table;
}

const imagenetTable = normaliseTable(IMAGENET_MEAN, IMAGENET_STD);

/** How bytes become floats. */
export interface NormaliseOptions {
  /** From {@link normaliseTable}. Default: ImageNet's mean and standard deviation. */
  table?: Float32Array;
  /** Where to write, as long as the images. Default: new memory. */
  out?: Float32Array;
}

/**
 * RGB bytes to the network's floats, `(v/255 − mean) / std`, bit-equal to torchvision's ToTensor and Normalize.
 *
 * @param images `[…, 3]` bytes
 * @returns as many floats, in the same order (channels last)
 * @throws RangeError where the bytes are not whole pixels, or `out` is not as long
 * @example
 * ```ts
 * const x = tf.tensor4d(normalise(batch.images), [batch.count, 224, 224, 3]);
 * ```
 * @see https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
 */
export function normalise(
  images: Uint8Array,
  { table = imagenetTable, out = new Float32Array(images.length) }: NormaliseOptions = {},
): Float32Array {
  if (images.length % 3 !== 0) throw new RangeError(`${images.length} bytes are not whole RGB pixels.`);
  if (out.length !== images.length) {
    throw new RangeError(`${images.length} bytes make as many floats; got room for ${out.length}.`);
  }
  for (let i = 0; i < images.length; i += 3) {
    out[i] = table[images[i]! * 3]!;
    out[i + 1] = table[images[i + 1]! * 3 + 1]!;
    out[i + 2] = table[images[i + 2]! * 3 + 2]!;
  }
  return out;
}
