import {
  asgHead,
  type Backbone,
  bindHead,
  createBackbone,
  expectedState,
  linearHead,
  oldHead,
  type ShapedHead,
  type SplitState,
  splitState,
} from '@syn2real/backbones';
import { type Buffers, disposeParams, type OldHead, type Params, UserError } from '@syn2real/core';
import { checkStateDict, type StateDict, toParams } from '@syn2real/weights';

/** A pretrained network as training and evaluation take it. */
export interface Model {
  readonly backbone: Backbone;
  /** The backbone's trainable tensors, and the new head's where there is one. */
  readonly params: Params;
  readonly buffers: Buffers;
  /** The classifier of the old task, never trained. */
  readonly old: { readonly head: ShapedHead; readonly params: Params; readonly apply: OldHead };
  /** The new classifier, if the file has one. */
  readonly head?: ShapedHead;
}

/**
 * A model from a state dict: a plain pretrained checkpoint, or one of this app's with a new head `fc_new`.
 *
 * The number of classes of both heads is read off the tensors. The caller disposes the model ({@link disposeModel});
 * on an error no tensor is left.
 *
 * @throws UserError where the tensors are not this backbone's
 */
export function modelFrom(backboneName: string, tensors: StateDict): Model {
  const backbone = createBackbone(backboneName);
  const width = backbone.channels.pool!;
  const oldClasses = tensors['fc.weight']?.shape[0] || backbone.oldClasses;
  const old = oldHead(width, oldClasses);
  const head = newHeadIn(tensors, width);
  const loaded = partsFrom(tensors, backbone, head === undefined ? [old] : [old, head]);
  const oldParams = loaded.heads.fc!;
  return {
    backbone,
    params: { ...loaded.params, ...(head === undefined ? {} : loaded.heads[head.name]) },
    buffers: loaded.buffers,
    old: { head: old, params: oldParams, apply: bindHead(old, oldParams) },
    ...(head === undefined ? {} : { head }),
  };
}

/** The new classifier of a recipe: `mlp` as in the released code, `linear` as in the paper. */
export function newHead(form: 'mlp' | 'linear', width: number, classes: number): ShapedHead {
  return form === 'mlp' ? asgHead(width, classes) : linearHead(width, classes);
}

/** The model's new head, or an error that says that these weights have none. */
export function headOf(model: Model, weights: string): ShapedHead {
  if (model.head === undefined) {
    throw new UserError({
      what: 'these weights have no new classifier (fc_new)',
      got: weights,
      expected: 'the model.safetensors of a run, or a checkpoint with fc_new tensors',
      fix: 'train first, or use predict --old-head for the scores of the old classifier',
    });
  }
  return model.head;
}

/** The tensors in TensorFlow.js's layout, apart by what they belong to; checked before any is made. */
function partsFrom(tensors: StateDict, backbone: Backbone, heads: readonly ShapedHead[]): SplitState {
  checkStateDict(expectedState(backbone, heads), tensors, { network: backbone.name });
  const state = toParams(tensors);
  try {
    return splitState(backbone, heads, state);
  } catch (error) {
    disposeParams(state.params);
    disposeParams(state.buffers);
    throw error;
  }
}

function newHeadIn(tensors: StateDict, width: number): ShapedHead | undefined {
  const linear = tensors['fc_new.weight']?.shape[0];
  if (linear) return linearHead(width, linear);
  const hidden = tensors['fc_new.0.weight']?.shape[0];
  const classes = tensors['fc_new.2.weight']?.shape[0];
  if (!hidden || !classes) return undefined;
  return asgHead(width, classes, { hidden });
}
