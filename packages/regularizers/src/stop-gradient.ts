import { tf } from '@syn2real/core';

/** `x`, through which no gradient flows back. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const op = tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return op(x) as T;
}

/** The record of a feature against the current one: an error where their shapes differ. */
export function checkSameShape(regularizer: string, student: tf.Tensor, teacher: tf.Tensor): void {
  if (student.shape.join() !== teacher.shape.join()) {
    throw new Error(
      `${regularizer}: the student's feature is [${student.shape}], the teacher's [${teacher.shape}].`,
    );
  }
}
