import { tf } from '../tf.js';

/** Options of {@link klDivergence} and {@link crossEntropyToTeacher}. */
export interface TeacherLossOptions {
  /** T: both softmaxes are taken of logits / T. Default 1. No T² factor is applied. */
  temperature?: number;
}

/**
 * KL divergence to a frozen teacher, averaged over rows:
 * L = (1/B) Σ_i Σ_k p_old,k (log p_old,k − log p_new,k), with p = softmax(z / T).
 *
 * It is exactly 0, with exactly zero gradient, where student and teacher agree. The gradient with respect to
 * the student's logits is (p_new − p_old) / (B·T); none reaches the teacher.
 *
 * @param teacher old-task logits of the frozen network, `[B, K]`
 * @param student old-task logits of the trained network, `[B, K]`
 * @returns a scalar, owned by the caller's tidy scope
 * @throws Error where the shapes differ; RangeError where the temperature is not positive
 * @example
 * ```ts
 * const loss = klDivergence(tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[3, 2, 1]])); // 1.15042
 * ```
 * @see ASG eq. 4, in the form of the released code: eq. 4 less the teacher's entropy, a constant
 */
export function klDivergence(
  teacher: tf.Tensor2D,
  student: tf.Tensor2D,
  { temperature = 1 }: TeacherLossOptions = {},
): tf.Scalar {
  return teacherLoss(teacher, student, temperature, (logOld, logNew) => logOld.sub(logNew));
}

/**
 * Cross-entropy to a frozen teacher, averaged over rows: L = −(1/B) Σ_i Σ_k p_old,k log p_new,k.
 *
 * The paper's printed form; its gradient is that of {@link klDivergence}, its value larger by the teacher's
 * entropy.
 *
 * @param teacher old-task logits of the frozen network, `[B, K]`
 * @param student old-task logits of the trained network, `[B, K]`
 * @returns a scalar, owned by the caller's tidy scope
 * @throws Error where the shapes differ; RangeError where the temperature is not positive
 * @see ASG eq. 4
 */
export function crossEntropyToTeacher(
  teacher: tf.Tensor2D,
  student: tf.Tensor2D,
  { temperature = 1 }: TeacherLossOptions = {},
): tf.Scalar {
  return teacherLoss(teacher, student, temperature, (_, logNew) => logNew.neg());
}

function teacherLoss(
  teacher: tf.Tensor2D,
  student: tf.Tensor2D,
  temperature: number,
  pointwise: (logOld: tf.Tensor, logNew: tf.Tensor) => tf.Tensor,
): tf.Scalar {
  if (teacher.shape.join() !== student.shape.join() || teacher.shape.length !== 2) {
    throw new Error(
      `A teacher's logits are [B, K] like the student's; got [${teacher.shape}] and [${student.shape}].`,
    );
  }
  if (!(temperature > 0)) throw new RangeError(`A temperature is positive; got ${temperature}.`);
  const rows = teacher.shape[0];
  const op = tf.customGrad((z, save) => {
    const logOld = tf.logSoftmax(teacher.div(tf.scalar(temperature)) as tf.Tensor2D);
    const logNew = tf.logSoftmax((z as tf.Tensor2D).div(tf.scalar(temperature)) as tf.Tensor2D);
    (save as tf.GradSaveFunc)([logOld, logNew]);
    const value = logOld.exp().mul(pointwise(logOld, logNew)).sum().div(tf.scalar(rows));
    return {
      value,
      gradFunc: (dy, saved) => {
        const [savedOld, savedNew] = saved as tf.Tensor[];
        return savedNew!
          .exp()
          .sub(savedOld!.exp())
          .mul(dy.div(tf.scalar(rows * temperature)));
      },
    };
  });
  return op(student) as tf.Scalar;
}
