import type { Controller, Rng } from '@syn2real/core';
import { type ControlState, createControlLoop } from '@syn2real/l2o';
import { asJson, type JsonObject, type OpenRun, type StepResult } from '@syn2real/trainer';
import type { Recipe } from '../config/train-options.js';
import type { Observer } from './observe.js';

/** A run's plain state beside the loop's own. */
export interface ControlOwn {
  /** Where a controller and its window stand. */
  readonly control?: ControlState<unknown>;
}

/** What is controlled. */
export interface Controlled {
  /** Undefined: each group keeps its base rate. */
  readonly control?: { readonly controller: Controller<unknown>; readonly observer: Observer };
  readonly groups: readonly string[];
  readonly rng: Rng;
}

/** How long it is controlled for, and in which windows. */
export type ControlPlan = Pick<Recipe, 'epochs' | 'windowGrowth' | 'windowMin' | 'windowShrink'>;

/** The session's controller, told of each step; where there is none, nothing is kept. */
export function controlOf(
  { control, groups, rng }: Controlled,
  { epochs, windowGrowth, windowMin, windowShrink }: ControlPlan,
  iterationsPerEpoch: number,
  { journal }: Pick<OpenRun, 'journal'>,
): { init(): ControlOwn; record(own: ControlOwn, result: StepResult): ControlOwn } {
  if (control === undefined) return { init: () => ({}), record: (own) => own };
  const loop = createControlLoop({
    controller: control.controller,
    groups,
    epochs,
    iterationsPerEpoch,
    window: { growth: windowGrowth, minimum: windowMin, shrink: windowShrink },
  });
  return {
    init: () => ({ control: loop.init(rng.split('controller')) }),
    record(own, result) {
      const { state, decision } = loop.record(own.control!, control.observer.statistics(result));
      if (decision !== undefined) {
        journal.record('decision', result.state.step, asJson(decision) as JsonObject);
      }
      return { control: state };
    },
  };
}
