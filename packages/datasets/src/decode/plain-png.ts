import { crc32, inflateSync } from 'node:zlib';
import { FIRST_BYTE, kernelsWith } from '../wasm/kernels.js';

/** Most bytes that one byte of a deflate stream can stand for. */
const MAX_INFLATION = 1032;

/** Bytes that the vector loops may read or write behind an area. */
const SPARE = 32;

/** How a PNG's rows are laid out. */
export interface RowLayout {
  readonly height: number;
  /** Bytes of a row, without its filter byte. */
  readonly rowBytes: number;
  /** Bytes from a pixel to the next, 1…4; 1 where pixels are smaller. */
  readonly pixelBytes: number;
}

/**
 * The bytes of a PNG that is not interlaced: its data inflated, its row filters undone.
 *
 * @returns `height · rowBytes` bytes
 * @throws Error with the reason where anything in it is wrong: a checksum, its length, a filter
 */
export function readPlainPng(file: Uint8Array, { height, rowBytes, pixelBytes }: RowLayout): Uint8Array {
  const stream = imageData(file);
  const size = height * (rowBytes + 1);
  if (size > stream.length * MAX_INFLATION) {
    throw new Error(`its ${stream.length} bytes of image data cannot fill its size`);
  }
  const rows = inflateRows(stream, size);

  const source = FIRST_BYTE;
  const blank = source + align(rows.length);
  const out = blank + align(rowBytes) + 16;
  const { bytes, unfilter } = kernelsWith(out + align(height * rowBytes));
  bytes.set(rows, source);
  bytes.fill(0, blank, out);
  const wrong = unfilter(source, height, rowBytes, pixelBytes, out, blank);
  if (wrong >= 0) throw new Error(`row ${wrong} has an unknown filter`);
  return bytes.slice(out, out + height * rowBytes);
}

function align(bytes: number): number {
  return Math.ceil((bytes + SPARE) / 16) * 16;
}

const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;

/** All IDAT chunks in one, their checksums right and the file whole. */
function imageData(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const kind = view.getUint32(at + 4);
    const next = at + 12 + length;
    if (next > file.length) break;
    if (kind === IHDR || kind === IDAT) {
      if (crc32(file.subarray(at + 4, next - 4)) !== view.getUint32(next - 4)) {
        throw new Error('a checksum in it is wrong');
      }
      if (kind === IDAT) parts.push(file.subarray(at + 8, next - 4));
    } else if (kind === IEND) {
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    }
    at = next;
  }
  throw new Error('it is cut off before its end');
}

function inflateRows(stream: Uint8Array, size: number): Uint8Array {
  let rows: Uint8Array;
  try {
    rows = inflateSync(stream, { chunkSize: Math.max(64, size + 1), maxOutputLength: size });
  } catch (cause) {
    throw new Error('its image data do not inflate', { cause });
  }
  if (rows.length !== size) throw new Error(`its image data are ${rows.length} bytes, not ${size}`);
  return rows;
}
