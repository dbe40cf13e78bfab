import { UserError } from '@syn2real/core';
import { writeAtomically } from '../atomic-write.js';
import { checkedNumel } from '../convert.js';
import { quote } from '../errors.js';
import {
  BYTES_PER_ELEMENT,
  type DType,
  type LazyTensorRecord,
  numelOf,
  type StateDict,
  type TensorRecord,
} from '../tensor-record.js';
import { hasLoneSurrogate } from './header-json.js';

type AnyRecord = TensorRecord | LazyTensorRecord;

/** Widest elements first, so that every tensor is aligned to its own element; the order the safetensors library writes. */
const ORDER: readonly DType[] = ['I64', 'F64', 'F32', 'I32', 'BF16', 'F16', 'I16', 'I8', 'U8', 'BOOL'];

/**
 * Writes a safetensors file. Equal content gives equal bytes: tensors by width of element then by name, metadata by key,
 * the header padded to 8 bytes. Without metadata, or with one entry, the bytes are those that the Python library writes.
 *
 * Written beside, flushed, and renamed: `path` holds the old file or the whole new one.
 *
 * @param tensors - tensors by name; they are only read, lazy ones one after the other
 * @param metadata - free text by key. Default: none
 * @throws UserError when data and shape disagree, a name cannot be stored, or the disk refuses
 *
 * @example
 * ```ts
 * await writeSafetensors('params.safetensors', { bias: fromFloat32(new Float32Array([1, 2]), [2]) }, { step: '10' });
 * ```
 * @see https://github.com/huggingface/safetensors#format
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorRecord | LazyTensorRecord>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomically(path, safetensorsChunks(tensors, metadata));
}

/**
 * The bytes that {@link writeSafetensors} writes, in pieces: the header, then each tensor in the file's order, fetched when
 * its turn comes. A piece is good until the next one is asked for.
 *
 * @throws UserError when data and shape disagree or a name cannot be stored
 */
export async function* safetensorsChunks(
  tensors: Readonly<Record<string, TensorRecord | LazyTensorRecord>>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, sorted } = layOut(tensors, metadata);
  yield header;
  for (const [name, tensor] of sorted) {
    if ('data' in tensor) yield tensor.data;
    else yield* checkedChunks(name, tensor);
  }
}

/**
 * The bytes that {@link writeSafetensors} writes.
 *
 * @throws UserError when data and shape disagree or a name cannot be stored
 */
export function serializeSafetensors(
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { header, sorted } = layOut(tensors, metadata);
  const data = sorted.map(([, tensor]) => tensor.data);
  const out = new Uint8Array(data.reduce((sum, bytes) => sum + bytes.byteLength, header.byteLength));
  let at = 0;
  for (const bytes of [header, ...data]) {
    out.set(bytes, at);
    at += bytes.byteLength;
  }
  return out;
}

/** The header, and the tensors in the file's order. */
function layOut<R extends AnyRecord>(
  tensors: Readonly<Record<string, R>>,
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array; sorted: readonly [string, R][] } {
  const sorted = Object.entries(tensors).sort(compareTensors);
  const members: string[] = [];
  const keys = Object.keys(metadata).sort(compareUtf8);
  if (keys.length > 0) {
    members.push(
      `"__metadata__":{${keys.map((key) => `${json(key)}:${json(metadata[key] ?? '')}`).join(',')}}`,
    );
  }
  let offset = 0;
  for (const [name, tensor] of sorted) {
    if (name === '__metadata__')
      throw new UserError({ what: 'a tensor cannot be named "__metadata__"', fix: 'rename it' });
    const end = offset + checkedBytesOf(name, tensor);
    members.push(
      `${json(name)}:{"dtype":"${tensor.dtype}","shape":[${tensor.shape.join(',')}],"data_offsets":[${offset},${end}]}`,
    );
    offset = end;
  }
  return { header: encodeHeader(`{${members.join(',')}}`), sorted };
}

function encodeHeader(text: string): Uint8Array {
  const json = new TextEncoder().encode(text);
  const length = Math.ceil(json.byteLength / 8) * 8;
  const out = new Uint8Array(8 + length).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true);
  out.set(json, 8);
  return out;
}

/** How many bytes a tensor takes, checked against its data where that is there. */
function checkedBytesOf(name: string, tensor: AnyRecord): number {
  if (!Object.hasOwn(BYTES_PER_ELEMENT, tensor.dtype)) {
    throw new UserError({
      what: `tensor ${quote(name)} has an unknown dtype`,
      got: String(tensor.dtype),
      expected: ORDER.join(', '),
    });
  }
  const numel = 'data' in tensor ? checkedNumel(tensor, `tensor ${quote(name)}`) : numelOf(tensor.shape);
  return numel * BYTES_PER_ELEMENT[tensor.dtype];
}

async function* checkedChunks(
  name: string,
  { dtype, shape, chunks }: LazyTensorRecord,
): AsyncGenerator<Uint8Array, void, undefined> {
  let byteLength = 0;
  for await (const chunk of chunks()) {
    byteLength += chunk.byteLength;
    yield chunk;
  }
  checkedNumel({ dtype, shape, data: { byteLength } }, `tensor ${quote(name)}`);
}

function json(text: string): string {
  if (hasLoneSurrogate(text)) {
    throw new UserError({
      what: 'a name or metadata text cannot be stored',
      got: JSON.stringify(text),
      expected: 'well-formed Unicode',
    });
  }
  return JSON.stringify(text);
}

function compareTensors([nameA, a]: [string, AnyRecord], [nameB, b]: [string, AnyRecord]): number {
  return ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype) || compareUtf8(nameA, nameB);
}

/** Order of the UTF-8 bytes, the one that Rust and Python programs sort by. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
