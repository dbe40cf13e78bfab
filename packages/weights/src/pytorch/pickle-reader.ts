import { FormatError } from '../errors.js';

/** A pickle that goes on beyond the bytes at hand. */
export class PickleEnds extends FormatError {
  constructor(wanted: number) {
    super('its pickle ends early', 'the end of the data', `${wanted} more bytes`);
  }
}

/** Reads a pickle's arguments; every length is checked before anything is made from it. */
export interface PickleReader {
  readonly at: () => number;
  byte(): number;
  bytes(length: number): Uint8Array;
  uint16(): number;
  int32(): number;
  uint32(): number;
  /** An 8-byte length; what no file can hold is the end of the pickle. */
  uint64(): number;
  float64(): number;
  /** Text up to the next newline, which is consumed. */
  line(): string;
}

const LONGEST_LINE = 4096;

/** A reader of `bytes` from `start`. */
export function pickleReader(bytes: Uint8Array, start: number): PickleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;

  function advance(length: number): number {
    if (!(length <= bytes.byteLength - at)) throw new PickleEnds(length);
    at += length;
    return at - length;
  }

  return {
    at: () => at,
    byte: () => view.getUint8(advance(1)),
    bytes: (length) => {
      const from = advance(length);
      return bytes.subarray(from, from + length);
    },
    uint16: () => view.getUint16(advance(2), true),
    int32: () => view.getInt32(advance(4), true),
    uint32: () => view.getUint32(advance(4), true),
    uint64: () => Number(view.getBigUint64(advance(8), true)),
    float64: () => view.getFloat64(advance(8), false),
    line: () => {
      const end = bytes.indexOf(10, at);
      if (end === -1 && bytes.byteLength - at <= LONGEST_LINE) throw new PickleEnds(1);
      if (end === -1 || end - at > LONGEST_LINE) {
        throw new FormatError(
          'its pickle has an endless line',
          'a long line',
          `at most ${LONGEST_LINE} bytes`,
        );
      }
      const from = advance(end - at + 1);
      return utf8(bytes.subarray(from, end));
    },
  };
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8. @throws FormatError when it is not */
export function utf8(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new FormatError('its pickle holds damaged text', 'bytes that are not UTF-8', 'UTF-8');
  }
}
