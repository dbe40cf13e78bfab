import { type ByteSource, bytesSource, openSource } from '../byte-source.js';
import { FormatError, fileError } from '../errors.js';
import { sniff } from '../sniff.js';
import type { Archive, OpenArchive, PytorchFormat, ReadPytorchOptions } from './archive.js';
import { openLegacy } from './archive-legacy.js';
import { openTar } from './archive-tar.js';
import { openZip } from './archive-zip.js';
import { DEFAULT_PICKLE_LIMITS } from './machine.js';
import { materialise } from './materialise.js';
import { type CheckpointValue, tensorsUnder, withTensors } from './value.js';

/** A PyTorch checkpoint, read whole. */
export interface PytorchCheckpoint {
  readonly format: PytorchFormat;
  /** What was given to `torch.save`. */
  readonly value: CheckpointValue;
}

const OPENERS: Readonly<Record<PytorchFormat, OpenArchive>> = {
  zip: openZip,
  legacy: openLegacy,
  tar: openTar,
};
const BASE_TENSOR_BYTES = 64 * 1024 * 1024;

/**
 * Reads a checkpoint saved by `torch.save`: today's zip, the older plain form, and the oldest tar, told apart by content.
 *
 * Nothing in the file is executed. Its pickle may build tensors, dicts, lists, tuples, sets, texts, numbers and None; a file
 * that names any other class or function is refused, by that name. Sizes are checked before memory is taken.
 *
 * @throws UserError when the file is missing, damaged, hostile or no PyTorch checkpoint
 *
 * @example
 * ```ts
 * const { value } = await readPytorch('checkpoint.pth.tar');
 * if (value instanceof Map) console.log(value.get('epoch'));
 * ```
 */
export async function readPytorch(
  path: string,
  options: ReadPytorchOptions = {},
): Promise<PytorchCheckpoint> {
  let source: ByteSource | undefined;
  try {
    source = await openSource(path);
    return await readWhole(source, options);
  } catch (error) {
    throw fileError(error, path, 'PyTorch');
  } finally {
    await source?.close();
  }
}

/**
 * {@link readPytorch} for a file held in memory. Tensors may be views of `bytes`.
 *
 * @throws UserError when the bytes are damaged, hostile or no PyTorch checkpoint
 */
export async function parsePytorch(
  bytes: Uint8Array,
  options: ReadPytorchOptions = {},
): Promise<PytorchCheckpoint> {
  try {
    return await readWhole(bytesSource(bytes), options);
  } catch (error) {
    throw fileError(error, 'the given data', 'PyTorch');
  }
}

/** Opens a checkpoint of a known format with the defaults filled in. @throws FormatError */
export function openArchive(
  source: ByteSource,
  format: PytorchFormat,
  options: ReadPytorchOptions,
): Promise<Archive> {
  const { checkCrc = true, maxPickleBytes, maxPickleOps } = options;
  return OPENERS[format](source, {
    checkCrc,
    maxPickleBytes: maxPickleBytes ?? DEFAULT_PICKLE_LIMITS.maxPickleBytes,
    maxPickleOps: maxPickleOps ?? DEFAULT_PICKLE_LIMITS.maxPickleOps,
  });
}

/** The default of {@link ReadPytorchOptions.maxTensorBytes}. */
export function tensorBytesBound(source: ByteSource, options: ReadPytorchOptions): number {
  return options.maxTensorBytes ?? BASE_TENSOR_BYTES + 4 * source.size;
}

async function readWhole(source: ByteSource, options: ReadPytorchOptions): Promise<PytorchCheckpoint> {
  const format = await sniff(source);
  if (format === 'safetensors') {
    throw new FormatError(
      'it is a safetensors file',
      'safetensors',
      'a PyTorch checkpoint',
      'use readSafetensors or loadStateDict',
    );
  }
  const archive = await openArchive(source, format, options);
  const records = await materialise(tensorsUnder(archive.root), archive, tensorBytesBound(source, options));
  return { format, value: withTensors(archive.root, records) };
}
