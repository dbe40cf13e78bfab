import { type Buffers, type Params, param, UserError } from '@syn2real/core';
import type { Backbone, Shapes } from './backbone.js';
import type { ShapedHead } from './heads.js';

/** A network's tensors, apart by what they belong to. */
export interface SplitState {
  /** The backbone's trainable tensors. */
  params: Params;
  /** The backbone's running statistics. */
  buffers: Buffers;
  /** Parameters of each head, by the head's name. */
  heads: Readonly<Record<string, Params>>;
}

/**
 * Sorts a network's tensors into backbone and heads, by name.
 *
 * Strict: `params` holds the backbone's and the heads' tensors, `buffers` the running statistics, each in its
 * TensorFlow.js shape (kernels `[kh, kw, in, out]`, linear weights `[in, out]`), and nothing else.
 *
 * The result holds the very tensors that were passed, no copies: dispose them once, by either. On an error they
 * stay the caller's.
 *
 * @throws UserError naming the first missing and unexpected tensors and the first of another shape
 * @example
 * ```ts
 * const backbone = createBackbone('resnet101');
 * const old = oldHead(backbone.channels.pool!, backbone.oldClasses);
 * const { tensors } = await loadStateDict('resnet101.safetensors'); // from \@syn2real/weights, as are the next two
 * checkStateDict(expectedState(backbone, [old]), tensors, { network: backbone.name });
 * const { params, buffers, heads } = splitState(backbone, [old], toParams(tensors));
 * const teacher = bindHead(old, heads.fc!);
 * ```
 */
export function splitState(
  backbone: Backbone,
  heads: readonly ShapedHead[],
  state: { readonly params: Params; readonly buffers: Buffers },
): SplitState {
  const ofParams = Object.assign({}, backbone.paramShapes(), ...heads.map((head) => head.paramShapes()));
  const faults = [
    ...faultsIn('params', ofParams, state.params),
    ...faultsIn('buffers', backbone.bufferShapes(), state.buffers),
  ];
  if (faults.length > 0) {
    throw new UserError({
      what: `these are not the tensors of ${[backbone.name, ...heads.map((head) => head.name)].join(' with ')}`,
      got: faults.join('; '),
      expected: "torchvision's names, TensorFlow.js's shapes",
      fix: 'pass the weights of this architecture, without tensors that it does not have',
    });
  }
  return {
    params: pick(backbone.paramShapes(), state.params),
    buffers: pick(backbone.bufferShapes(), state.buffers),
    heads: Object.fromEntries(heads.map((head) => [head.name, pick(head.paramShapes(), state.params)])),
  };
}

function pick(shapes: Shapes, from: Params): Params {
  return Object.fromEntries(Object.keys(shapes).map((name) => [name, param(from, name)]));
}

function faultsIn(part: string, expected: Shapes, got: Params): string[] {
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(got, name));
  const unexpected = Object.keys(got).filter((name) => !Object.hasOwn(expected, name));
  const misshapen = Object.entries(expected).flatMap(([name, shape]) => {
    const found = Object.hasOwn(got, name) ? got[name]?.shape : undefined;
    return found === undefined || found.join() === shape.join()
      ? []
      : [`"${name}" is [${found.join(', ')}], not [${shape.join(', ')}]`];
  });
  return [
    ...first('missing in', part, missing),
    ...first('unexpected in', part, unexpected),
    ...(misshapen[0] === undefined ? [] : [misshapen[0]]),
  ];
}

function first(kind: string, part: string, names: readonly string[]): string[] {
  return names[0] === undefined ? [] : [`${names.length} ${kind} ${part}, first "${names[0]}"`];
}
