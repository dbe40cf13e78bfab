import { UserError } from '@syn2real/core';
import { type ByteSource, openSource } from '../byte-source.js';
import { FormatError, fileError, quote } from '../errors.js';
import { emptyStateDict, type StateDict, type TensorRecord } from '../tensor-record.js';
import { DEFAULT_MAX_HEADER_BYTES, headerLength, parseHeader, type SafetensorsHeader } from './header.js';

/** Options of the safetensors readers. */
export interface ReadSafetensorsOptions {
  /** Only these tensors are read from the disk. Default: all. */
  names?: readonly string[];
  /** Longest header accepted, in bytes. Default 16 MiB. */
  maxHeaderBytes?: number;
}

/** The content of a safetensors file. */
export interface SafetensorsContent {
  readonly tensors: StateDict;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A safetensors file of which only the header has been read. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** Reads one tensor. @throws UserError when there is none of that name */
  read(name: string): Promise<TensorRecord>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and reads its header alone; tensors are then read one by one.
 *
 * @throws UserError when the file is missing, damaged or not safetensors
 *
 * @example
 * ```ts
 * const file = await openSafetensors('model.safetensors');
 * const weight = await file.read('fc.weight');
 * await file.close();
 * ```
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openSafetensors(
  path: string,
  { maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES }: Pick<ReadSafetensorsOptions, 'maxHeaderBytes'> = {},
): Promise<SafetensorsFile> {
  let source: ByteSource | undefined;
  try {
    source = await openSource(path);
    const opened = source;
    const header = await readHeader(opened, maxHeaderBytes);
    return {
      ...header,
      close: () => opened.close(),
      read: async (name) => {
        const entry = entryOf(header, name, path);
        try {
          const data = await opened.read(entry.offset, entry.byteLength);
          return { dtype: entry.dtype, shape: entry.shape, data };
        } catch (error) {
          throw fileError(error, path, 'safetensors');
        }
      },
    };
  } catch (error) {
    await source?.close();
    throw fileError(error, path, 'safetensors');
  }
}

/**
 * Reads a safetensors file, one tensor at a time: the memory needed is that of the tensors asked for.
 *
 * @throws UserError when the file is missing, damaged or not safetensors, or lacks a tensor asked for
 *
 * @example
 * ```ts
 * const { tensors, metadata } = await readSafetensors('params.safetensors');
 * console.log(tensors['fc.weight']?.shape, metadata.step);
 * ```
 */
export async function readSafetensors(
  path: string,
  { names, maxHeaderBytes }: ReadSafetensorsOptions = {},
): Promise<SafetensorsContent> {
  const file = await openSafetensors(path, { maxHeaderBytes });
  try {
    const tensors = emptyStateDict();
    for (const name of names ?? Object.keys(file.entries)) tensors[name] = await file.read(name);
    return { tensors, metadata: file.metadata };
  } finally {
    await file.close();
  }
}

/**
 * Parses a safetensors file held in memory. The tensors are views of `bytes`, not copies.
 *
 * @throws UserError when the bytes are damaged or not safetensors
 *
 * @example
 * ```ts
 * const bytes = serializeSafetensors({ bias: fromFloat32(new Float32Array([1, 2]), [2]) });
 * const { tensors } = parseSafetensors(bytes);
 * ```
 */
export function parseSafetensors(
  bytes: Uint8Array,
  { names, maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES }: ReadSafetensorsOptions = {},
): SafetensorsContent {
  const origin = 'the given data';
  try {
    if (bytes.byteLength < 8) throw tooShort(bytes.byteLength);
    const length = headerLength(bytes.subarray(0, 8), bytes.byteLength, maxHeaderBytes);
    const header = parseHeader(bytes.subarray(8, 8 + length), bytes.byteLength);
    const tensors = emptyStateDict();
    for (const name of names ?? Object.keys(header.entries)) {
      const { dtype, shape, offset, byteLength } = entryOf(header, name, origin);
      tensors[name] = { dtype, shape, data: bytes.subarray(offset, offset + byteLength) };
    }
    return { tensors, metadata: header.metadata };
  } catch (error) {
    throw fileError(error, origin, 'safetensors');
  }
}

async function readHeader(source: ByteSource, maxHeaderBytes: number): Promise<SafetensorsHeader> {
  if (source.size < 8) throw tooShort(source.size);
  const length = headerLength(await source.read(0, 8), source.size, maxHeaderBytes);
  return parseHeader(await source.read(8, length), source.size);
}

function entryOf(header: SafetensorsHeader, name: string, path: string) {
  const entry = header.entries[name];
  if (entry !== undefined) return entry;
  const known = Object.keys(header.entries);
  throw new UserError({
    what: `${path} has no tensor ${quote(name)}`,
    got: `${known.length} tensors: ${known
      .slice(0, 4)
      .map((other) => quote(other))
      .join(', ')}${known.length > 4 ? ', …' : ''}`,
    fix: 'check the name, or the file: it may be weights for another architecture',
  });
}

function tooShort(size: number): FormatError {
  return new FormatError('it is too short', `${size} bytes`, 'at least 10 bytes');
}
