import type { Pixels } from '../transform/pixels.js';
import type { ImageHeader } from './header.js';
import { readPlainPng } from './plain-png.js';

/**
 * The pixels of a plain PNG (8 bits grey, RGB or RGB + alpha, not interlaced), several times as fast as a
 * general decoder. Undefined where the file is of another kind or anything in it is wrong: what then counts is
 * the general decoder's verdict.
 */
export function decodePlainPng(file: Uint8Array, header: ImageHeader): Pixels | undefined {
  const { width, height, bits, channels, colour, interlaced } = header;
  if (bits !== 8 || interlaced || (colour !== 0 && colour !== 2 && colour !== 6)) return undefined;
  try {
    const data = readPlainPng(file, { height, rowBytes: width * channels, pixelBytes: channels });
    return { data, width, height, channels: channels === 1 ? 1 : channels === 3 ? 3 : 4 };
  } catch {
    return undefined;
  }
}
