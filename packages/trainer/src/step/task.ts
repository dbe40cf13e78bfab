import {
  crossEntropy,
  type DenseHead,
  type FeatureName,
  type Features,
  type Head,
  type Params,
  type tf,
} from '@syn2real/core';

/** What one step trains on; a task may ask for more than images. */
export interface Batch {
  /** `[B, H, W, 3]`, normalised as the network expects. */
  readonly images: tf.Tensor4D;
}

/** The new task: a loss on the student's features. */
export interface Task<B extends Batch = Batch> {
  /** The features that the loss reads. */
  readonly needs: readonly FeatureName[];
  /** A scalar, differentiable in parameters and features; runs inside a tidy scope. */
  loss(params: Params, features: Features, batch: B): tf.Scalar;
}

/** Images with a class each, or a distribution over classes. */
export interface LabelledBatch extends Batch {
  /** Class indices `[B]` int32, or probabilities `[B, K]` float32 (`[B, h, w]` and `[B, h, w, K]` for maps). */
  readonly labels: tf.Tensor;
  /** Weight per label. Default: all 1. */
  readonly weights?: tf.Tensor;
}

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** Label that counts for nothing. Default 255. */
  ignoreIndex?: number;
}

/**
 * Softmax cross-entropy of a head's logits, with hard or soft labels, per image or per cell of a map.
 *
 * @example
 * ```ts
 * const task = classification(head);
 * ```
 * @see ASG eq. 3
 */
export function classification(
  head: Head,
  { ignoreIndex = 255 }: ClassificationOptions = {},
): Task<LabelledBatch> {
  return {
    needs: [head.feature],
    loss(params, features, { labels, weights }) {
      const feature = features[head.feature];
      if (feature === undefined) throw new Error(`The network gave no feature "${head.feature}".`);
      return crossEntropy(head.apply(params, feature), labels, { ignoreIndex, weights });
    },
  };
}

/**
 * Softmax cross-entropy of a dense head's scores at the images' size, averaged over the batch's labelled pixels.
 *
 * Labels are class indices `[B, H, W]` int32, or probabilities `[B, H, W, K]` float32.
 *
 * @example
 * ```ts
 * const { backbone, head } = createFcn('vgg16-fcn', { classes: 19 }); // of \@syn2real/backbones
 * const task = segmentation(head);
 * ```
 * @see ASG eq. 3; the released code for segmentation
 */
export function segmentation(
  head: DenseHead,
  { ignoreIndex = 255 }: ClassificationOptions = {},
): Task<LabelledBatch> {
  return {
    needs: head.features,
    loss(params, features, { images, labels, weights }) {
      const [, height, width] = images.shape;
      return crossEntropy(head.apply(params, features, [height, width]), labels, { ignoreIndex, weights });
    },
  };
}
