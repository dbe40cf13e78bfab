/** The few protobuf wire-format writers that ONNX models need. */

function varintBytes(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

function smallVarint(value: number): number[] {
  if (value < 0 || value > 0x7fffffff) return varintBytes(BigInt(value));
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const tag = (field: number, wire: number): number[] => smallVarint((field << 3) | wire);

export const concat = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

export const integer = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...tag(field, VARINT), ...smallVarint(value)]);

export function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([Uint8Array.from(tag(field, FIXED32)), bytes]);
}

export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  concat([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...smallVarint(value.length)]), value]);

export const string = (field: number, value: string): Uint8Array => bytes(field, Buffer.from(value, 'utf8'));

export const message = (field: number, parts: readonly Uint8Array[]): Uint8Array =>
  bytes(field, concat(parts));
