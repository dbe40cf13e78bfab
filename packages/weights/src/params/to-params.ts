import { type Buffers, disposeParams, type Params, tf } from '@syn2real/core';
import { checkedNumel, fromFloat32, fromInt64, toFloat32 } from '../convert.js';
import { quote } from '../errors.js';
import {
  BYTES_PER_ELEMENT,
  emptyStateDict,
  type LazyStateDict,
  type LazyTensorRecord,
  numelOf,
  type StateDict,
} from '../tensor-record.js';
import { defaultLayout, type Layout, torchPieces, torchShape, toTfjs } from './layout.js';

/** Options of {@link toParams} and {@link toStateDict}. */
export interface LayoutOptions {
  /** Layouts by tensor name, where {@link defaultLayout} would choose wrongly. Default: none. */
  layouts?: Readonly<Record<string, Layout>>;
}

/** Trainable tensors and running statistics, owned by the caller. */
export interface ParamsAndBuffers {
  readonly params: Params;
  readonly buffers: Buffers;
}

const BUFFER = /(^|\.)running_(mean|var)$/;
const COUNTER = /(^|\.)num_batches_tracked$/;

/** Numbers that are laid out at a time: 16 MiB. */
const PIECE = 1 << 22;

/**
 * A PyTorch state dict as TensorFlow.js tensors under the same names: kernels `[kh, kw, in, out]`, linear weights `[in, out]`,
 * `running_mean` and `running_var` among the buffers, `num_batches_tracked` dropped. All float32.
 *
 * The caller disposes the tensors; on an error none is left. Float32 values whose layout does not change may share the
 * record's memory.
 *
 * @throws UserError when a tensor's data does not fit its shape, or its shape not its layout
 *
 * @example
 * ```ts
 * const { tensors } = await loadStateDict('resnet50.safetensors');
 * const { params, buffers } = toParams(tensors);
 * ```
 */
export function toParams(tensors: StateDict, { layouts = {} }: LayoutOptions = {}): ParamsAndBuffers {
  const params: Record<string, tf.Tensor> = Object.create(null);
  const buffers: Record<string, tf.Tensor> = Object.create(null);
  try {
    for (const [name, record] of Object.entries(tensors)) {
      if (COUNTER.test(name)) continue;
      checkedNumel(record, quote(name));
      const layout = layoutOf(name, record.shape, layouts);
      const values = toTfjs(name, { shape: record.shape, data: toFloat32(record) }, layout);
      const target = BUFFER.test(name) ? buffers : params;
      target[name] = tf.tensor(values.data, [...values.shape], 'float32');
    }
  } catch (error) {
    disposeParams(params);
    disposeParams(buffers);
    throw error;
  }
  return { params, buffers };
}

/**
 * The inverse of {@link toParams}: a state dict that PyTorch's `load_state_dict` takes, `num_batches_tracked` (0) included
 * beside every `running_mean`. The tensors stay the caller's.
 *
 * @param records - parameters and buffers, together or apart
 *
 * @example
 * ```ts
 * const tensors = await toStateDict([params, buffers]);
 * await writeSafetensors('resnet50.safetensors', tensors);
 * ```
 */
export async function toStateDict(
  records: readonly Params[],
  { layouts = {} }: LayoutOptions = {},
): Promise<StateDict> {
  const out = emptyStateDict();
  for (const [name, { dtype, shape, chunks }] of Object.entries(lazyStateDict(records, { layouts }))) {
    const data = new Uint8Array(numelOf(shape) * BYTES_PER_ELEMENT[dtype]);
    let at = 0;
    for await (const chunk of chunks()) {
      data.set(chunk, at);
      at += chunk.byteLength;
    }
    out[name] = { dtype, shape, data };
  }
  return out;
}

/**
 * {@link toStateDict} of which each tensor is fetched when it is read, and laid out piece by piece: for networks of which a
 * second copy in memory is too much. The tensors stay the caller's and must live until they are read.
 *
 * @example
 * ```ts
 * await writeSafetensors('vgg16.safetensors', lazyStateDict([params, buffers]));
 * ```
 */
export function lazyStateDict(
  records: readonly Params[],
  { layouts = {} }: LayoutOptions = {},
): LazyStateDict {
  const out: Record<string, LazyTensorRecord> = Object.create(null);
  for (const [name, tensor] of records.flatMap((record) => Object.entries(record))) {
    const layout = torchLayoutOf(name, tensor.shape, layouts);
    const shape = torchShape(name, tensor.shape, layout);
    out[name] = { dtype: 'F32', shape: [...shape], chunks: () => torchBytes(name, tensor, layout) };
    if (/(^|\.)running_mean$/.test(name)) {
      out[name.replace(/running_mean$/, 'num_batches_tracked')] = { dtype: 'I64', shape: [], chunks: zero };
    }
  }
  return out;
}

async function* zero(): AsyncGenerator<Uint8Array, void, undefined> {
  yield fromInt64([0n], []).data;
}

async function* torchBytes(
  name: string,
  tensor: tf.Tensor,
  layout: Layout,
): AsyncGenerator<Uint8Array, void, undefined> {
  const values = await tensor.data();
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  for (const piece of torchPieces(name, { shape: tensor.shape, data }, layout, PIECE)) {
    yield fromFloat32(piece, [piece.length]).data;
  }
}

function layoutOf(name: string, shape: readonly number[], layouts: Readonly<Record<string, Layout>>): Layout {
  return (Object.hasOwn(layouts, name) ? layouts[name] : undefined) ?? defaultLayout(name, shape);
}

/** A linear layer's shape is reversed in TensorFlow.js; the rule is stated for PyTorch's. */
function torchLayoutOf(
  name: string,
  shape: readonly number[],
  layouts: Readonly<Record<string, Layout>>,
): Layout {
  return layoutOf(name, shape.length === 2 ? [...shape].reverse() : shape, layouts);
}
