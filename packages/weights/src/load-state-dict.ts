import { UserError } from '@syn2real/core';
import { type ByteSource, openSource } from './byte-source.js';
import { toFloat32 } from './convert.js';
import { fileError, quote } from './errors.js';
import { toTorchvisionNames } from './params/timm-names.js';
import type { ReadPytorchOptions } from './pytorch/archive.js';
import { materialise } from './pytorch/materialise.js';
import { openArchive, tensorBytesBound } from './pytorch/read.js';
import { isKind, type Pickled, type TensorRef } from './pytorch/values.js';
import { type ReadSafetensorsOptions, readSafetensors } from './safetensors/read.js';
import { sniff, type WeightsFormat } from './sniff.js';
import { emptyStateDict, type StateDict } from './tensor-record.js';

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions
  extends ReadPytorchOptions,
    Pick<ReadSafetensorsOptions, 'maxHeaderBytes'> {
  /** Key under which a checkpoint keeps its weights. Default: the first of {@link STATE_DICT_KEYS} that holds tensors. */
  key?: string;
  /** Drop `module.` (DataParallel) from every name when all have it. Default true. */
  stripModule?: boolean;
  /** Give timm's VGG-16 torchvision's names and shapes ({@link toTorchvisionNames}). Default true. */
  torchvisionNames?: boolean;
}

/** A model's weights by name, and what else the file says. */
export interface LoadedStateDict {
  readonly tensors: StateDict;
  /** safetensors' metadata, or a checkpoint's texts and numbers beside its weights (epoch, best_prec1) as text. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly format: WeightsFormat;
}

/** Where training programs keep the weights within a checkpoint, in the order they are looked for. */
export const STATE_DICT_KEYS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'weights',
] as const;

/**
 * Loads a model's weights from a safetensors file or a PyTorch checkpoint, told apart by content. A checkpoint such as
 * `{epoch, state_dict, best_prec1}` is unwrapped, and of it only the weights' elements are read.
 *
 * @throws UserError when the file is missing, damaged, hostile, or holds no weights
 *
 * @example
 * ```ts
 * const { tensors, metadata } = await loadStateDict('model_best.pth.tar');
 * console.log(Object.keys(tensors).length, metadata.epoch);
 * ```
 */
export async function loadStateDict(
  path: string,
  options: LoadStateDictOptions = {},
): Promise<LoadedStateDict> {
  let source: ByteSource | undefined;
  try {
    source = await openSource(path);
    const format = await sniff(source);
    const { stripModule = true, torchvisionNames = true } = options;
    const { tensors, metadata } =
      format === 'safetensors'
        ? await readSafetensors(path, { maxHeaderBytes: options.maxHeaderBytes })
        : await readCheckpoint(source, path, format, options);
    const stripped = stripModule ? withoutPrefix(tensors, 'module.') : tensors;
    return { tensors: torchvisionNames ? toTorchvisionNames(stripped) : stripped, metadata, format };
  } catch (error) {
    throw fileError(error, path, 'weights');
  } finally {
    await source?.close();
  }
}

async function readCheckpoint(
  source: ByteSource,
  path: string,
  format: Exclude<WeightsFormat, 'safetensors'>,
  options: LoadStateDictOptions,
): Promise<Omit<LoadedStateDict, 'format'>> {
  const archive = await openArchive(source, format, options);
  const { refs, rest } = select(archive.root, path, options.key);
  const scalars = scalarTensors(rest);
  const wanted = [...refs.values(), ...scalars.values()];
  const records = await materialise(wanted, archive, tensorBytesBound(source, options));
  const tensors = emptyStateDict();
  for (const [name, ref] of refs) {
    const record = records.get(ref);
    if (record !== undefined) tensors[name] = record;
  }
  const metadata = texts(rest);
  for (const [name, ref] of scalars) {
    const record = records.get(ref);
    if (record !== undefined) metadata[name] = String(toFloat32(record)[0]);
  }
  return { tensors, metadata };
}

interface Selection {
  readonly refs: ReadonlyMap<string, TensorRef>;
  readonly rest: ReadonlyMap<Pickled, Pickled>;
}

function select(root: Pickled, path: string, key: string | undefined): Selection {
  if (!(root instanceof Map)) throw noWeights(path, 'it does not hold a dict', key);
  const keys = key === undefined ? STATE_DICT_KEYS : [key];
  for (const candidate of keys) {
    const inner = root.get(candidate);
    const refs = inner instanceof Map ? tensorsOf(inner) : undefined;
    if (refs !== undefined && refs.size > 0) return { refs, rest: root };
  }
  const refs = tensorsOf(root);
  if (key !== undefined || refs.size === 0) throw noWeights(path, `a dict with ${listKeys(root)}`, key);
  return { refs, rest: new Map([...root].filter(([, value]) => !isKind(value, 'tensor'))) };
}

function tensorsOf(dict: ReadonlyMap<Pickled, Pickled>): ReadonlyMap<string, TensorRef> {
  const refs = new Map<string, TensorRef>();
  for (const [name, value] of dict) {
    if (typeof name === 'string' && isKind(value, 'tensor')) refs.set(name, value);
  }
  return refs;
}

/** Numbers that a training program kept as tensors, such as a best accuracy. */
function scalarTensors(dict: ReadonlyMap<Pickled, Pickled>): ReadonlyMap<string, TensorRef> {
  return new Map([...tensorsOf(dict)].filter(([, { view }]) => view?.shape.length === 0));
}

function texts(dict: ReadonlyMap<Pickled, Pickled>): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  for (const [key, value] of dict) {
    const isPlain =
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'bigint' ||
      typeof value === 'boolean';
    if (typeof key === 'string' && isPlain) metadata[key] = String(value);
  }
  return metadata;
}

/** The tensors without a prefix that all their names share; as they are when one lacks it. */
function withoutPrefix(tensors: StateDict, prefix: string): StateDict {
  const entries = Object.entries(tensors);
  if (entries.length === 0 || !entries.every(([name]) => name.startsWith(prefix))) return tensors;
  const out = emptyStateDict();
  for (const [name, tensor] of entries) out[name.slice(prefix.length)] = tensor;
  return out;
}

function listKeys(dict: ReadonlyMap<Pickled, Pickled>): string {
  const keys = [...dict.keys()].filter((name) => typeof name === 'string');
  return (
    `${keys
      .slice(0, 6)
      .map((name) => quote(name, 40))
      .join(', ')}${keys.length > 6 ? ', …' : ''}` || 'no names'
  );
}

function noWeights(path: string, got: string, key: string | undefined): UserError {
  return new UserError({
    what: `${path} holds no weights${key === undefined ? '' : ` under ${quote(key)}`}`,
    got,
    expected: `tensors by name, at the top or under ${(key === undefined ? STATE_DICT_KEYS : [key]).map((name) => quote(name)).join(', ')}`,
    fix: 'name the key they are under (option key), or save model.state_dict() alone',
  });
}
