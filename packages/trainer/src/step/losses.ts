import { tf, UserError } from '@syn2real/core';

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

/** Reads the terms with one transfer; the first is the task's. */
export async function readLosses(terms: readonly LossTerm[]): Promise<StepLosses> {
  const stacked = tf.tidy(() => tf.stack(terms.map(({ value }) => value.reshape([]))));
  try {
    const values = await stacked.data();
    const [task, ...rest] = terms.map(({ name, weight }, i) => ({ name, weight, value: values[i]! }));
    return {
      task: task!.value,
      regularizers: Object.fromEntries(rest.map(({ name, value }) => [name, value])),
      total: rest.reduce((sum, { weight, value }) => sum + weight * value, task!.weight * task!.value),
    };
  } finally {
    stacked.dispose();
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
  });
}
