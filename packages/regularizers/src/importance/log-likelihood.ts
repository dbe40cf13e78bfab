import { type Rng, tf } from '@syn2real/core';

/**
 * Σ over rows of log p(y | x), y drawn from softmax(logits) itself: the score whose squared gradient is the true Fisher.
 *
 * The drawn labels are constants of the gradient, onehot(y) − p. `logits` is `[…, K]`.
 */
export function sampledLogLikelihood(logits: tf.Tensor, rng: Rng): tf.Scalar {
  const op = tf.customGrad((given, save) => {
    const rows = asRows(given as tf.Tensor);
    const [count, classes] = rows.shape;
    const probabilities = tf.softmax(rows);
    const uniform = tf.tensor2d(
      Float32Array.from({ length: count }, () => rng.uniform()),
      [count, 1],
    );
    const passed = tf.cumsum(probabilities, 1).lessEqual(uniform).cast('float32').sum(1);
    const drawn = tf
      .oneHot(passed.minimum(classes - 1).cast('int32') as tf.Tensor1D, classes)
      .cast('float32');
    (save as tf.GradSaveFunc)([drawn.sub(probabilities).reshape((given as tf.Tensor).shape)]);
    return {
      value: tf.logSoftmax(rows).mul(drawn).sum(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved[0]!.mul(dy),
    };
  });
  return op(logits) as tf.Scalar;
}

/**
 * Σ over rows of log p(y | x) at given labels: class indices in the logits' shape without its last axis, or one-hot rows
 * in the logits' shape. An index outside 0…K−1, such as 255 or −1, counts nothing.
 */
export function labelledLogLikelihood(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  const rows = asRows(logits);
  const classes = rows.shape[1];
  const given = labels.shape.join();
  if (given === logits.shape.join()) return tf.logSoftmax(rows).mul<tf.Tensor>(asRows(labels)).sum();
  if (given !== logits.shape.slice(0, -1).join()) {
    throw new Error(
      `ewc: labels are [${logits.shape.slice(0, -1)}] or [${logits.shape}] for these logits; got [${given}].`,
    );
  }
  const indices = labels.cast('int32').reshape([rows.shape[0]]) as tf.Tensor1D;
  const counts = tf.logicalAnd(indices.greaterEqual(0), indices.less(classes)).cast('float32');
  const wanted = tf.oneHot(indices.clipByValue(0, classes - 1).cast('int32') as tf.Tensor1D, classes);
  return tf
    .logSoftmax(rows)
    .mul(wanted.cast('float32').mul(counts.expandDims(1)))
    .sum();
}

function asRows(values: tf.Tensor): tf.Tensor2D {
  return values.cast('float32').reshape([-1, values.shape[values.shape.length - 1]!]);
}
