import { type Controller, type GroupRates, type Observation, type Rng, UserError } from '@syn2real/core';
import { uniformScales } from '../actions.js';
import { type IterationStatistics, windowStatistics } from '../observe/statistics.js';
import { addIteration, type LoopLength, openWindow, type WindowState } from './window-state.js';

/** Options of {@link createControlLoop}. */
export interface ControlLoopOptions<State> extends LoopLength {
  controller: Controller<State>;
  /** The network's groups, in the order of the policy's coordinates. */
  groups: readonly string[];
}

/** State of a {@link ControlLoop}: plain JSON where the controller's state is, also in the middle of a window. */
export interface ControlState<State> extends WindowState {
  readonly controller: State;
}

/** What the controller saw and did between two windows. */
export interface ControlDecision {
  readonly observation: Observation;
  readonly scales: GroupRates;
}

/** Runs a controller beside anyone's training loop. */
export interface ControlLoop<State> {
  /** The first window's scales are in `scales`: all 1, but for controllers that set them before seeing anything. */
  init(rng: Rng): ControlState<State>;
  /** After each iteration; `scales` of the new state are in force from the next iteration on. */
  record(
    state: ControlState<State>,
    iteration: IterationStatistics,
  ): { state: ControlState<State>; decision: ControlDecision | undefined };
}

/**
 * Cuts training into windows and asks the controller for new scales between them.
 *
 * The first window runs before any decision; windows never cross an epoch's end; after the last window no decision
 * is taken. On VisDA-17 (4,763 iterations an epoch) these are 66 decisions in 30 epochs.
 *
 * @throws UserError where a length is out of range; from `record` where training is over already
 * @example
 * ```ts
 * const loop = createControlLoop({ controller, groups: network.groups, epochs: 30, iterationsPerEpoch: 4763 });
 * let control = loop.init(createRng(0).split('controller'));
 * for (let step = 0; step < 30 * 4763; step++) {
 *   const statistics = trainStep(scaledRates(control.scales, 1e-4));
 *   ({ state: control } = loop.record(control, statistics));
 * }
 * ```
 * @see ASG algorithm 1 (windows of one iteration); the released loop's windows
 */
export function createControlLoop<State>(options: ControlLoopOptions<State>): ControlLoop<State> {
  const { controller, groups } = options;
  checkLength(options);
  const total = options.epochs * options.iterationsPerEpoch;
  return {
    init(rng) {
      const state = controller.init(groups, rng);
      const scales = controller.first?.(groups, state) ?? uniformScales(groups);
      return { ...openWindow(options, 0, scales), controller: state };
    },
    record(state, iteration) {
      if (state.iteration >= total) throw overError(total);
      const next = addIteration(state, iteration, state.iteration / total);
      if (next.iteration < next.end || next.iteration >= total) {
        return { state: { ...next, controller: state.controller }, decision: undefined };
      }
      const { loss: _loss, iterations: _iterations, ...means } = windowStatistics.finish(next.window);
      const observation: Observation = { ...means, scales: state.scales };
      const decided = controller.decide(observation, state.controller);
      return {
        state: { ...openWindow(options, next.iteration, decided.scales), controller: decided.state },
        decision: { observation, scales: decided.scales },
      };
    },
  };
}

/** @throws UserError where training would have no iteration */
export function checkLength({ epochs, iterationsPerEpoch, window }: LoopLength): void {
  for (const [name, value] of Object.entries({ epochs, iterationsPerEpoch })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new UserError({
      what: `${name} is not a count`,
      got: String(value),
      expected: 'an integer, at least 1',
    });
  }
  openWindow({ epochs, iterationsPerEpoch, window }, 0, {});
}

/** What to say to an iteration after the last. */
export function overError(total: number): UserError {
  return new UserError({
    what: 'training is over: there is no further window',
    got: `an iteration after the last of ${total}`,
    fix: 'stop after the last iteration, or begin with more epochs',
  });
}
