import { crc32, inflateSync } from 'node:zlib';
import type { Pixels } from '../transform/pixels.js';
import { FIRST_BYTE, kernelsWith } from '../wasm/kernels.js';
import type { ImageHeader } from './header.js';

/** Most bytes that one byte of a deflate stream can stand for. */
const MAX_INFLATION = 1032;

/** Bytes that the vector loops may read or write behind an area. */
const SPARE = 32;

/**
 * The pixels of a plain PNG (8 bits grey, RGB or RGB + alpha, not interlaced), several times as fast as a
 * general decoder. Undefined where the file is of another kind or anything in it is wrong: what then counts is
 * the general decoder's verdict.
 */
export function decodePlainPng(file: Uint8Array, header: ImageHeader): Pixels | undefined {
  const { width, height, bits, channels } = header;
  const colour = file[25];
  const interlaced = file[28] !== 0;
  if (bits !== 8 || interlaced || (colour !== 0 && colour !== 2 && colour !== 6)) return undefined;
  const stream = imageData(file);
  if (stream === undefined) return undefined;
  const length = width * channels;
  const size = height * (length + 1);
  if (size > stream.length * MAX_INFLATION) return undefined;
  const rows = inflateRows(stream, size);
  if (rows === undefined) return undefined;

  const source = FIRST_BYTE;
  const blank = source + align(rows.length);
  const out = blank + align(length) + 16;
  const { bytes, unfilter } = kernelsWith(out + align(height * length));
  bytes.set(rows, source);
  bytes.fill(0, blank, out);
  if (unfilter(source, height, length, channels, out, blank) >= 0) return undefined;
  const data = bytes.slice(out, out + height * length);
  return { data, width, height, channels: channels === 1 ? 1 : channels === 3 ? 3 : 4 };
}

function align(bytes: number): number {
  return Math.ceil((bytes + SPARE) / 16) * 16;
}

/** All IDAT chunks in one, their checksums right and the file whole. */
function imageData(file: Uint8Array): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const kind = view.getUint32(at + 4);
    const next = at + 12 + length;
    if (next > file.length) return undefined;
    if (kind === IHDR || kind === IDAT) {
      if (crc32(file.subarray(at + 4, next - 4)) !== view.getUint32(next - 4)) return undefined;
      if (kind === IDAT) parts.push(file.subarray(at + 8, next - 4));
    } else if (kind === IEND) {
      return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    }
    at = next;
  }
  return undefined;
}

const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** Exactly `size` bytes, or undefined. */
function inflateRows(stream: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const rows = inflateSync(stream, { chunkSize: Math.max(64, size + 1), maxOutputLength: size });
    return rows.length === size ? rows : undefined;
  } catch {
    return undefined;
  }
}
