import { tf } from '../tf.js';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Label that counts for nothing. Default 255. Only for index labels. */
  ignoreIndex?: number;
  /** Weight per sample, shape of the labels (index labels) or of all axes but the last (soft labels). */
  weights?: tf.Tensor;
}

/**
 * Softmax cross-entropy, averaged: L = −(1/Σw) Σ_i w_i Σ_k y_ik · log softmax(z_i)_k.
 *
 * Index labels (int32, the shape of the logits without the last axis) equal to `ignoreIndex` are left out of sum
 * and denominator, so the mean is over the valid pixels of the whole batch; with none at all the loss is 0 with
 * zero gradient (PyTorch gives NaN there). Soft labels (float32, the shape of the logits) may have all-zero rows,
 * which add nothing to the sum but count in the denominator: weigh them 0 to leave them out of both.
 *
 * @param logits raw scores `[…, K]`
 * @param labels class indices `[…]` int32, or probabilities `[…, K]` float32
 * @returns a scalar, owned by the caller's tidy scope; no gradient reaches the labels or the weights
 * @throws Error where the shapes do not fit
 * @example
 * ```ts
 * const loss = crossEntropy(logits, tf.tensor1d([3, 255, 0], 'int32'));
 * ```
 * @see ASG eq. 3; `torch.nn.functional.cross_entropy`
 */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { ignoreIndex = 255, weights }: CrossEntropyOptions = {},
): tf.Scalar {
  const classes = logits.shape[logits.shape.length - 1]!;
  const rows = logits.size / classes;
  const soft = labels.dtype === 'float32';
  const wanted = soft ? logits.shape : logits.shape.slice(0, -1);
  if (labels.shape.join() !== wanted.join()) {
    throw new Error(
      `crossEntropy: labels of shape [${labels.shape}] (${labels.dtype}) do not fit logits of shape [${logits.shape}]; expected [${wanted}].`,
    );
  }
  if (weights !== undefined && weights.size !== rows) {
    throw new Error(`crossEntropy: ${weights.size} weights for ${rows} samples.`);
  }
  return tf.tidy(() => {
    const flat = logits.reshape([rows, classes]) as tf.Tensor2D;
    const targets = soft
      ? (labels.reshape([rows, classes]) as tf.Tensor2D)
      : (tf.oneHot(labels.reshape([rows]), classes).cast('float32') as tf.Tensor2D);
    let weight = weights === undefined ? tf.ones([rows]) : weights.reshape([rows]).cast('float32');
    if (!soft)
      weight = weight.mul(labels.reshape([rows]).notEqual(tf.scalar(ignoreIndex, 'int32')).cast('float32'));
    const scaled = weight.div(tf.maximum(weight.sum(), tf.scalar(TINY))).expandDims(1);
    return weightedCrossEntropy(flat, targets, scaled as tf.Tensor2D);
  });
}

/** Smallest normal float32: keeps an empty denominator from dividing 0 by 0. */
const TINY = 1.1754943508222875e-38;

/**
 * −Σ_i s_i Σ_k y_ik log softmax(z_i)_k, its gradient written out: s_i·(softmax(z_i)·Σ_k y_ik − y_i).
 */
function weightedCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, scale: tf.Tensor2D): tf.Scalar {
  const op = tf.customGrad((z, save) => {
    const logProbs = tf.logSoftmax(z as tf.Tensor2D);
    (save as tf.GradSaveFunc)([logProbs, targets, scale]);
    const value = logProbs.mul(targets).mul(scale).sum().neg();
    return {
      value,
      gradFunc: (dy, saved) => {
        const [savedLogProbs, y, s] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return savedLogProbs.exp().mul(y.sum(1, true)).sub(y).mul(s).mul(dy);
      },
    };
  });
  return op(logits) as tf.Scalar;
}
