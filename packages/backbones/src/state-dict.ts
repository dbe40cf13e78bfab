import { type Buffers, disposeParams, type Params, tf, UserError } from '@syn2real/core';
import type { Backbone, Shapes } from './backbone.js';
import type { ShapedHead } from './heads.js';
import { fromTorchLayout, type TorchTensor, torchShape, toTorchLayout } from './torch-layout.js';

/** Tensors by state-dict name, in PyTorch's layout. */
export type TorchStateDict = Readonly<Record<string, TorchTensor>>;

/** What {@link loadStateDict} returns; every tensor belongs to the caller. */
export interface LoadedState {
  params: Params;
  buffers: Buffers;
  /** Parameters of each head, by the head's name. */
  heads: Readonly<Record<string, Params>>;
}

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /** Prefixes of tensors to leave aside: `["fc."]` where the old head is not wanted. Default none. */
  ignore?: readonly string[];
}

/**
 * The tensors that a state dict of this backbone with these heads holds, by name, with PyTorch's shapes.
 *
 * `num_batches_tracked` is not among them: files have it or not, and it means nothing with frozen statistics.
 */
export function expectedState(backbone: Backbone, heads: readonly ShapedHead[] = []): Shapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const part of [
    backbone.paramShapes(),
    backbone.bufferShapes(),
    ...heads.map((h) => h.paramShapes()),
  ]) {
    for (const [name, shape] of Object.entries(part)) shapes[name] = torchShape(shape);
  }
  return shapes;
}

/**
 * Turns a torchvision (or timm) state dict into parameters, buffers and heads, in TensorFlow.js layout.
 *
 * Strict: every expected tensor must be there in its shape, and nothing else but `num_batches_tracked` and what
 * `ignore` names. Tensors are found by name, never by position (older files order them differently).
 *
 * @throws UserError naming the first missing and unexpected tensors, or the first of a wrong shape
 * @example
 * ```ts
 * const backbone = createBackbone('resnet101');
 * const old = oldHead(backbone.channels.pool!, backbone.oldClasses);
 * const { params, buffers, heads } = loadStateDict(backbone, [old], tensors);
 * const teacher = bindHead(old, heads.fc!);
 * ```
 */
export function loadStateDict(
  backbone: Backbone,
  heads: readonly ShapedHead[],
  tensors: TorchStateDict,
  { ignore = [] }: LoadStateDictOptions = {},
): LoadedState {
  checkState(backbone.name, expectedState(backbone, heads), tensors, ignore);
  const made: tf.Tensor[] = [];
  const take = (shapes: Shapes): Params => {
    const part: Record<string, tf.Tensor> = {};
    for (const [name, shape] of Object.entries(shapes)) {
      const tensor = tf.tensor(fromTorchLayout(tensors[name]!), [...shape], 'float32');
      made.push(tensor);
      part[name] = tensor;
    }
    return part;
  };
  try {
    return {
      params: take(backbone.paramShapes()),
      buffers: take(backbone.bufferShapes()),
      heads: Object.fromEntries(heads.map((head) => [head.name, take(head.paramShapes())])),
    };
  } catch (error) {
    disposeParams(Object.fromEntries(made.map((tensor, at) => [String(at), tensor])));
    throw error;
  }
}

/**
 * The inverse of {@link loadStateDict}: tensors by name in PyTorch's layout, ready to be written to a file.
 *
 * @param records parameters, buffers and heads, together or apart; their tensors stay the caller's
 */
export async function toStateDict(...records: readonly Params[]): Promise<TorchStateDict> {
  const state: Record<string, TorchTensor> = {};
  for (const [name, tensor] of records.flatMap((record) => Object.entries(record))) {
    const data = Float32Array.from(await tensor.data());
    state[name] = { shape: torchShape(tensor.shape), data: toTorchLayout(data, tensor.shape) };
  }
  return state;
}

function checkState(
  network: string,
  expected: Shapes,
  tensors: TorchStateDict,
  ignore: readonly string[],
): void {
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(tensors, name));
  const unexpected = Object.keys(tensors).filter(
    (name) =>
      !Object.hasOwn(expected, name) &&
      !name.endsWith('.num_batches_tracked') &&
      !ignore.some((prefix) => name.startsWith(prefix)),
  );
  if (missing.length > 0 || unexpected.length > 0) {
    throw new UserError({
      what: `the weights are not those of ${network}`,
      got: `${listed('missing', missing)}; ${listed('unexpected', unexpected)}`,
      expected: `the ${Object.keys(expected).length} tensors of ${network}, by torchvision's names`,
      fix: 'pass the weights of this architecture, or the architecture of these weights',
    });
  }
  for (const [name, shape] of Object.entries(expected)) {
    const tensor = tensors[name]!;
    const size = shape.reduce((product, n) => product * n, 1);
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== size) {
      throw new UserError({
        what: `"${name}" does not fit ${network}`,
        got: `shape [${tensor.shape.join(', ')}] with ${tensor.data.length} values`,
        expected: `shape [${shape.join(', ')}]`,
        fix: 'pass the weights of this architecture, or set the number of classes that they were trained for',
      });
    }
  }
}

function listed(kind: string, names: readonly string[]): string {
  if (names.length === 0) return `none ${kind}`;
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  return `${names.length} ${kind} (${shown.join(', ')}${names.length > 3 ? ', …' : ''})`;
}
