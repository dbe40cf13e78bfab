/** A square drawing in ink, at some resolution; outside of it there is none. */
export interface Ink {
  /** The raster's side. */
  readonly side: number;
  /** Grey values, row by row; 255 is full ink. */
  readonly values: Uint8Array;
  /** Raster pixels along a scene's pixel at scale 1. */
  readonly resolution: number;
}

/** A square of grey values and where it lies in a scene. */
export interface Patch {
  readonly side: number;
  readonly left: number;
  readonly top: number;
  readonly values: Uint8Array;
}

/** Samples along a pixel's side. */
const SAMPLES = 4;

/**
 * A drawing, enlarged by `scale`, with its middle at (`x`, `y`), on a patch just large enough.
 *
 * A pixel is the mean over 4 × 4 points within it of the drawing, interpolated bilinearly.
 */
export function drawInk({ side, values, resolution }: Ink, scale: number, x: number, y: number): Patch {
  const size = Math.ceil((side / resolution) * scale) + 1;
  const [left, top] = [Math.floor(x - size / 2), Math.floor(y - size / 2)];
  const toRaster = (start: number, middle: number): Float64Array =>
    Float64Array.from({ length: size * SAMPLES }, (_, point) => {
      const position = start + (point + 0.5) / SAMPLES;
      return ((position - middle) / scale) * resolution + side / 2 - 0.5;
    });
  const [columns, rows] = [toRaster(left, x), toRaster(top, y)];
  const at = (u: number, v: number): number =>
    u < 0 || v < 0 || u >= side || v >= side ? 0 : values[v * side + u]!;
  const sample = (u: number, v: number): number => {
    const [west, north] = [Math.floor(u), Math.floor(v)];
    const [across, down] = [u - west, v - north];
    const upper = at(west, north) * (1 - across) + at(west + 1, north) * across;
    const lower = at(west, north + 1) * (1 - across) + at(west + 1, north + 1) * across;
    return upper * (1 - down) + lower * down;
  };
  const patch = Uint8Array.from({ length: size * size }, (_, pixel) => {
    const [column, row] = [(pixel % size) * SAMPLES, Math.floor(pixel / size) * SAMPLES];
    let sum = 0;
    for (let v = row; v < row + SAMPLES; v++) {
      for (let u = column; u < column + SAMPLES; u++) sum += sample(columns[u]!, rows[v]!);
    }
    return Math.round(sum / SAMPLES ** 2);
  });
  return { side: size, left, top, values: patch };
}
