import type { Model } from '@syn2real/app-visda17';
import {
  type Backbone,
  bindHead,
  expectedState,
  fcnFromVgg,
  type ShapedHead,
  type SplitState,
  splitState,
} from '@syn2real/backbones';
import {
  type Buffers,
  disposeParams,
  filterParams,
  type OldHead,
  type Params,
  UserError,
} from '@syn2real/core';
import { checkStateDict, type StateDict, toParams } from '@syn2real/weights';
import { type DenseNetwork, denseNetwork, headIn, type NetworkChoice } from './network.js';

/** A pretrained network for segmentation as training and evaluation take it. */
export interface Segmenter extends DenseNetwork {
  /** The backbone's trainable tensors, and the dense head's where the file has them. */
  readonly params: Params;
  readonly buffers: Buffers;
  /** Whether the file has a dense head. */
  readonly trained: boolean;
  /** The classifier of the old task, never trained. */
  readonly old: { readonly head: ShapedHead; readonly params: Params; readonly apply: OldHead };
}

/**
 * A network from a state dict: the classifier's pretrained checkpoint, whose dense head is then of `classes` classes and
 * has no tensors yet, or one of this app's.
 *
 * The caller disposes it ({@link disposeSegmenter}); on an error no tensor is left.
 *
 * @throws UserError where the tensors are not this network's, or its dense head has other classes than asked for
 */
export function segmenterFrom(choice: NetworkChoice, tensors: StateDict, classes?: number): Segmenter {
  const found = headIn(tensors);
  if (found !== undefined && classes !== undefined && found.classes !== classes) {
    throw new UserError({
      what: 'these weights tell other classes apart than the label table names',
      got: `${found.classes} classes`,
      expected: `${classes}`,
      fix: 'pass weights trained on this table, or the folder that they were trained for',
    });
  }
  const network = denseNetwork(
    { ...choice, head: found?.head ?? choice.head },
    found?.classes ?? classes ?? 1,
  );
  const old = network.oldHead(tensors[network.oldScores]?.shape[0] || network.fcn.backbone.oldClasses);
  const state =
    network.plain !== undefined && 'features.0.weight' in tensors
      ? fromPlain(network.fcn.backbone, network.plain, old, tensors)
      : read(found === undefined ? network.fcn.backbone : withHead(network), old, tensors);
  const oldParams = state.heads[old.name]!;
  return {
    ...network,
    params: state.params,
    buffers: state.buffers,
    trained: found !== undefined,
    old: { head: old, params: oldParams, apply: bindHead(old, oldParams) },
  };
}

/** Disposes every tensor of a network. */
export function disposeSegmenter({ params, buffers, old }: Segmenter): void {
  for (const owned of [params, buffers, old.params]) disposeParams(owned);
}

/** The network as its old task has it, with the old classifier: what retention is measured on. Holds no tensors of its own. */
export function oldTaskModel({ oldTask, params, buffers, old }: Segmenter): Model {
  return { backbone: oldTask, params, buffers, old };
}

/** A file's tensors without those of a dense head: where training begins anew. */
export function withoutDenseHead(choice: NetworkChoice, tensors: StateDict): StateDict {
  const found = headIn(tensors);
  if (found === undefined) return tensors;
  const own = denseNetwork({ ...choice, head: found.head }, found.classes).fcn.head.paramShapes();
  return filterParams(tensors, (name) => !Object.hasOwn(own, name));
}

function withHead({ fcn: { backbone, head } }: DenseNetwork): Backbone {
  return { ...backbone, paramShapes: () => ({ ...backbone.paramShapes(), ...head.paramShapes() }) };
}

/** The tensors in TensorFlow.js's layout, apart by what they belong to; checked before any is made. */
function read(backbone: Backbone, old: ShapedHead, tensors: StateDict): SplitState {
  checkStateDict(expectedState(backbone, [old]), tensors, { network: backbone.name });
  const state = toParams(tensors);
  try {
    return splitState(backbone, [old], state);
  } catch (error) {
    for (const part of [state.params, state.buffers]) disposeParams(part);
    throw error;
  }
}

function fromPlain(fcn: Backbone, plain: Backbone, old: ShapedHead, tensors: StateDict): SplitState {
  const { params, buffers, heads } = read(plain, old, tensors);
  try {
    return { params: fcnFromVgg(fcn, { ...params, ...heads[old.name] }), buffers, heads };
  } finally {
    disposeParams(params);
  }
}
