/**
 * RGB images mirrored left to right.
 *
 * @param images `[count, height, width, 3]`, bytes or floats
 * @returns a new array of the same kind and shape
 * @example
 * ```ts
 * const mirrored = flipHorizontal(batch.images, { width: 224 });
 * ```
 */
export function flipHorizontal<Values extends Uint8Array | Float32Array>(
  images: Values,
  { width }: { width: number },
): Values {
  const row = width * 3;
  if (!Number.isInteger(width) || width < 1 || images.length % row !== 0) {
    throw new RangeError(`${images.length} values are not whole rows of ${width} RGB pixels.`);
  }
  const out = images.slice() as Values;
  for (let start = 0; start < images.length; start += row) {
    for (let left = 0, right = row - 3; left < row; left += 3, right -= 3) {
      out[start + left] = images[start + right]!;
      out[start + left + 1] = images[start + right + 1]!;
      out[start + left + 2] = images[start + right + 2]!;
    }
  }
  return out;
}
