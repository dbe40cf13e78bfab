/** Pillow's CMYK to RGB: `(255 − k) − round(c·(255 − k)/255)`, never below 0. */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const pixels = cmyk.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - cmyk[4 * i + 3]!;
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] = Math.max(0, light - mulDiv255(cmyk[4 * i + c]!, light));
    }
  }
  return rgb;
}

/** a·b/255 rounded, by Pillow's shifts. */
function mulDiv255(a: number, b: number): number {
  const t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

/** Pillow's mode "I;16" to RGB: values above 255 are clipped, not scaled. `grey` is little-endian uint16. */
export function grey16ToGrey(grey: Uint8Array): Uint8Array {
  const out = new Uint8Array(grey.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = grey[2 * i + 1] === 0 ? grey[2 * i]! : 255;
  return out;
}
