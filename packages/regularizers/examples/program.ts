import type * as tf from '@tensorflow/tfjs';

/** Yours: any functions on tensors, such as a `tf.layers` model's `apply`. */
export interface Program {
  /** The pretrained network, never trained: images to features by name. */
  frozen(images: tf.Tensor): Record<string, tf.Tensor>;
  /** The copy of it that is trained. */
  backbone(images: tf.Tensor): Record<string, tf.Tensor>;
  /** The pretrained classifier, never trained. */
  oldHead(pool: tf.Tensor): tf.Tensor2D;
  newHead(pool: tf.Tensor): tf.Tensor;
  /** The variables of `backbone`. */
  anchored: tf.Variable[];
  /** The variables of `backbone` and `newHead`. */
  trained: tf.Variable[];
  /** Images with one-hot labels. */
  batches: Iterable<{ images: tf.Tensor; labels: tf.Tensor }>;
}
