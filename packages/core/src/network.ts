import type { Buffers, Params } from './params.js';
import type { Rng } from './rng/rng.js';
import type { tf } from './tf.js';

/** The name of an intermediate result: `"layer4"` is a map, `"pool"` the pooled vector the old head reads. */
export type FeatureName = string;

/** Intermediate results by name, `[B, h, w, C]` maps or `[B, C]` vectors. */
export type Features = Readonly<Record<FeatureName, tf.Tensor>>;

/**
 * A network as a description; it holds no tensors.
 *
 * `groups` are the labels by which learning rates are set: the coordinates of the L2O controller.
 */
export interface Network {
  /** As in the registry: `"resnet101"`. */
  readonly name: string;
  /** Group labels, input side first: `["conv1", "bn1", "layer1", …]`. */
  readonly groups: readonly string[];
  /** The features that `apply` can return. */
  readonly features: readonly FeatureName[];
  /** The group of a parameter. Throws on a name that is not the network's. */
  groupOf(param: string): string;
  /** Freshly initialised tensors, owned by the caller. */
  init(rng: Rng): { params: Params; buffers: Buffers };
  /**
   * The wanted features of `images` `[B, H, W, 3]`, normalised as the weights expect.
   *
   * Call it inside `tf.tidy`; the features belong to the caller's tidy scope.
   */
  apply(params: Params, buffers: Buffers, images: tf.Tensor4D, want: readonly FeatureName[]): Features;
}

/** A classifier on a feature: parameters under a prefix of their own, logits out. */
export interface Head {
  /** As in the state dict: `"fc"` or `"fc_new"`. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** The feature that it reads. */
  readonly feature: FeatureName;
  /** Freshly initialised tensors, owned by the caller. */
  init(rng: Rng): Params;
  /** Raw scores, `[B, classes]` for a pooled vector, `[B, h, w, classes]` for a map. */
  apply(params: Params, feature: tf.Tensor): tf.Tensor;
}

/** A classifier of pixels: features in, one score per pixel and class out, at the images' size. */
export interface DenseHead {
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** The features that it reads. */
  readonly features: readonly FeatureName[];
  /** Freshly initialised tensors, owned by the caller. */
  init(rng: Rng): Params;
  /**
   * Raw scores `[B, H, W, classes]`.
   *
   * @param size height H and width W of the images
   */
  apply(params: Params, features: Features, size: readonly [number, number]): tf.Tensor4D;
}
