import { cloneParams, disposeParams, type Params } from '@syn2real/core';
import { movingAverage } from '@syn2real/self-training';
import type { StepResult } from '@syn2real/trainer';
import type { Method } from '../config/methods.js';

/** Where a mean teacher's weights are in the state of training. */
export const TEACHER = 'mean-teacher';

type Kept = Readonly<Record<string, Params>>;

/** What a method keeps beside the weights: a mean teacher, at first the start itself. */
export function teacherOf({ kind }: Method, params: Params): Kept {
  return kind === 'mean-teacher' ? { [TEACHER]: cloneParams(params) } : {};
}

/** The weights that a method reports: its teacher's, where it has one. */
export function reportedParams({
  params,
  regularizers,
}: {
  readonly params: Params;
  readonly regularizers: Kept;
}): Params {
  return regularizers[TEACHER] ?? params;
}

/** The step with the teacher moved towards the student. */
export function averaged({ state, ...rest }: StepResult, decay: number): StepResult {
  const before = state.regularizers[TEACHER]!;
  const teacher = movingAverage(before, state.params, decay);
  disposeParams(before);
  return { ...rest, state: { ...state, regularizers: { ...state.regularizers, [TEACHER]: teacher } } };
}
