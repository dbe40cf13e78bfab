import { maskedCrc32c } from './crc32c.js';

/**
 * A TensorBoard event with scalars, framed as a record of an event file.
 *
 * @param wallTime seconds since 1970
 * @param scalars value by tag; stored as float32
 * @see tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, TFRecord
 */
export function scalarEvent(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, concat([bytesField(1, utf8(tag)), floatField(2, value)])),
  );
  return frame(concat([doubleField(1, wallTime), varintField(2, step), bytesField(5, concat(values))]));
}

/** The record that an event file begins with. */
export function versionEvent(wallTime: number): Uint8Array {
  return frame(concat([doubleField(1, wallTime), bytesField(3, utf8('brain.Event:2'))]));
}

/** A record: length (u64le), masked CRC of it, the data, masked CRC of them. */
export function frame(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.byteLength + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.byteLength), true);
  view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.byteLength, maskedCrc32c(data), true);
  return out;
}

/** The data of every whole, undamaged record from the start on, and how many bytes those take. */
export function readFrames(bytes: Uint8Array): { records: Uint8Array[]; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + 16 <= bytes.byteLength) {
    const length = Number(view.getBigUint64(at, true));
    if (maskedCrc32c(bytes.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) break;
    const end = at + 16 + length;
    if (end > bytes.byteLength) break;
    const data = bytes.subarray(at + 12, end - 4);
    if (maskedCrc32c(data) !== view.getUint32(end - 4, true)) break;
    records.push(data);
    at = end;
  }
  return { records, length: at };
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varintField(field: number, value: number): Uint8Array {
  return concat([tag(field, VARINT), varint(value)]);
}

function doubleField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return concat([tag(field, FIXED64), data]);
}

function floatField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return concat([tag(field, FIXED32), data]);
}

function bytesField(field: number, data: Uint8Array): Uint8Array {
  return concat([tag(field, BYTES), varint(data.byteLength), data]);
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
