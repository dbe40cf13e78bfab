import { tf, UserError } from '@syn2real/core';
import { DIVERGED } from '../run/exit-code.js';

/** The losses of one step, before its update. */
export interface StepLosses {
  /** The task's. */
  readonly task: number;
  /** Each function regularizer's without its weight, and each parameter regularizer's penalty, by name. */
  readonly regularizers: Readonly<Record<string, number>>;
  /** Task + Σ λ·function regularizer + Σ penalty. */
  readonly total: number;
}

/** A term of the total loss, its value still on the backend. */
export interface LossTerm {
  readonly name: string;
  readonly value: tf.Scalar;
  /** Its factor in the total. */
  readonly weight: number;
}

/** Values of the observed tensors, row-major, by name. */
export type Observed = Readonly<Record<string, Float32Array>>;

/** Reads the terms, of which the first is the task's, and what was observed besides, with one transfer. */
export async function readLosses(
  terms: readonly LossTerm[],
  observed: Readonly<Record<string, tf.Tensor>>,
): Promise<{ losses: StepLosses; observed: Observed }> {
  const tensors = [...terms.map(({ value }) => value), ...Object.values(observed)];
  const joined = tf.tidy(() =>
    tf.concat(tensors.map((tensor) => tensor.cast('float32').reshape([tensor.size]))),
  );
  try {
    const values = Float32Array.from(await joined.data());
    const [task, ...rest] = terms.map(({ name, weight }, i) => ({ name, weight, value: values[i]! }));
    const losses: StepLosses = {
      task: task!.value,
      regularizers: Object.fromEntries(rest.map(({ name, value }) => [name, value])),
      total: rest.reduce((sum, { weight, value }) => sum + weight * value, task!.weight * task!.value),
    };
    let at = terms.length;
    const read = Object.entries(observed).map(([name, { size }]): [string, Float32Array] => {
      at += size;
      return [name, values.slice(at - size, at)];
    });
    return { losses, observed: Object.fromEntries(read) };
  } finally {
    joined.dispose();
  }
}

/** @throws UserError where a loss is NaN or infinite, naming the step and the terms */
export function assertFiniteLosses(step: number, { task, regularizers, total }: StepLosses): void {
  if (Number.isFinite(total)) return;
  const terms: [string, number][] = [
    ['the task loss', task],
    ...Object.entries(regularizers).map(([name, value]): [string, number] => [`"${name}"`, value]),
  ];
  const bad = terms.filter(([, value]) => !Number.isFinite(value));
  throw new UserError({
    what: `the loss of step ${step + 1} is not finite, so training stops before it changes a parameter`,
    got: (bad.length > 0 ? bad : [['the total loss', total]])
      .map(([name, value]) => `${name} = ${value}`)
      .join(', '),
    expected: 'finite numbers',
    fix: "lower the learning rate or the regularizer's weight, or look for damaged images and labels; the last checkpoint is still there",
    exitCode: DIVERGED,
  });
}
