import { FormatError, quote } from '../errors.js';
import { BYTES_PER_ELEMENT, type DType, numelOf } from '../tensor-record.js';
import { parseHeaderJson } from './header-json.js';

/** Where one tensor lies in a safetensors file. */
export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A checked safetensors header. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, SafetensorsEntry>>;
}

/** Headers beyond this are refused by default; that of a ResNet-101 has 70 kB. */
export const DEFAULT_MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** Length of the JSON part, from the first 8 bytes. @throws FormatError when it is not possible in a file of `size` bytes */
export function headerLength(first8: Uint8Array, size: number, maxHeaderBytes: number): number {
  const view = new DataView(first8.buffer, first8.byteOffset, first8.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length < 2 || length > size - 8) {
    throw new FormatError(
      'its header does not fit the file',
      `a header of ${length} bytes`,
      `2 to ${size - 8} bytes`,
    );
  }
  if (length > maxHeaderBytes) {
    throw new FormatError(
      'its header is too long',
      `${length} bytes`,
      `at most ${maxHeaderBytes} (option maxHeaderBytes)`,
    );
  }
  return length;
}

/**
 * Checks the header against the file: known dtypes, sizes = shape × dtype, and ranges that cover the data without hole or overlap.
 *
 * @throws FormatError naming the first tensor that is wrong
 */
export function parseHeader(json: Uint8Array, size: number): SafetensorsHeader {
  const { metadata, entries } = parseHeaderJson(decodeUtf8(json));
  const start = 8 + json.byteLength;
  const dataLength = size - start;
  const checked: Record<string, SafetensorsEntry> = Object.create(null);
  for (const { name, dtype, shape, begin, end } of entries) {
    if (!isDType(dtype)) {
      throw new FormatError(
        `tensor ${quote(name)} has an unknown dtype`,
        quote(dtype),
        Object.keys(BYTES_PER_ELEMENT).join(', '),
      );
    }
    if (end < begin || end > dataLength) {
      throw new FormatError(
        `tensor ${quote(name)} lies outside the file`,
        `bytes ${begin} to ${end}`,
        `within 0 to ${dataLength}`,
      );
    }
    const bytes = numelOf(shape) * BYTES_PER_ELEMENT[dtype];
    if (bytes !== end - begin) {
      throw new FormatError(
        `the size of tensor ${quote(name)} does not fit its shape`,
        `${end - begin} bytes`,
        `${bytes} bytes for ${dtype} [${shape.slice(0, 16).join(', ')}]`,
      );
    }
    checked[name] = { dtype, shape, offset: start + begin, byteLength: bytes };
  }
  checkCover(entries, dataLength);
  return { metadata, entries: checked };
}

function checkCover(
  entries: readonly { name: string; begin: number; end: number }[],
  dataLength: number,
): void {
  let reached = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      const what =
        begin < reached
          ? `tensor ${quote(name)} overlaps another`
          : `bytes before tensor ${quote(name)} belong to none`;
      throw new FormatError(what, `it begins at ${begin}`, `at ${reached}`);
    }
    reached = end;
  }
  if (reached !== dataLength) {
    throw new FormatError(
      'its length does not fit its header',
      `${dataLength} bytes of data`,
      `${reached} bytes`,
    );
  }
}

function isDType(name: string): name is DType {
  return Object.hasOwn(BYTES_PER_ELEMENT, name);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError('its header is not text', 'bytes that are not UTF-8', 'a JSON header');
  }
}
