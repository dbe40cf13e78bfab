import { type ImageHeader, readImageHeader } from './header.js';
import { DEFAULT_LIMITS, type DecodeLimits } from './limits.js';
import { readPlainPng } from './plain-png.js';

/** The values of a label image, one a pixel. */
export interface LabelImage {
  /** Row by row, `[height, width]`. */
  readonly values: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The values of a label image: the indices of a palette PNG, whatever its colours, or an 8-bit grey PNG's bytes.
 *
 * @throws Error with the reason where the file is no such PNG (16 bits, RGB, interlaced, a JPEG), damaged, or beyond
 * the limits
 * @example
 * ```ts
 * const { values, width, height } = decodeLabel(await readFile('labels/00001.png'));
 * ```
 */
export function decodeLabel(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): LabelImage {
  const { maxPixels, maxFileBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length > maxFileBytes) {
    throw new Error(`the file is larger (${bytes.length} bytes) than the limit of ${maxFileBytes} bytes`);
  }
  const header = readImageHeader(bytes);
  const { width, height, bits } = header;
  if (width * height > maxPixels) {
    throw new Error(`its ${width}×${height} pixels are more than the limit of ${maxPixels}`);
  }
  const unfit = whyNoLabel(header);
  if (unfit !== undefined) throw new Error(unfit);
  const rowBytes = Math.ceil((width * bits) / 8);
  let rows: Uint8Array;
  try {
    rows = readPlainPng(bytes, { height, rowBytes, pixelBytes: 1 });
  } catch (cause) {
    throw new Error(`it does not decode: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  return { values: bits === 8 ? rows : unpack(rows, width, height, bits), width, height };
}

/** Why a PNG or JPEG is no label image; undefined: it is one. */
export function whyNoLabel({ format, bits, colour, interlaced }: ImageHeader): string | undefined {
  if (format === 'jpeg') return 'it is a JPEG, which changes values; a label image is a PNG';
  if (bits === 16) return 'it has 16 bits a channel; a label image has 8-bit values';
  if (colour === 2 || colour === 6) return 'it holds RGB colours; a label image holds one value a pixel';
  if (colour === 4) return 'it has an alpha channel; a label image holds one value a pixel';
  if (colour === 0 && bits !== 8) return `it is grey of ${bits} bits; a label image has 8-bit values`;
  if (![1, 2, 4, 8].includes(bits)) return `it has ${bits} bits a pixel, which no PNG has`;
  if (interlaced) return 'it is interlaced; such label images are not read';
  return undefined;
}

/** Palette indices of 1, 2 or 4 bits, the first in the high bits, each row from a new byte on. */
function unpack(rows: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const values = new Uint8Array(width * height);
  const rowBytes = rows.length / height;
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = rows[y * rowBytes + Math.floor(x / perByte)]!;
      values[y * width + x] = (byte >> (8 - bits * (1 + (x % perByte)))) & mask;
    }
  }
  return values;
}
