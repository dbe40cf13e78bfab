import {
  type ParameterRegularizer,
  type Params,
  type RegularizedStep,
  type RegularizerBatch,
  tf,
  zerosLikeParams,
} from '@syn2real/core';
import { keepAnchor, movedAnchor } from './anchor.js';
import { checkWeight, entry } from './checks.js';
import { importancesFromPath, integrated, pathEntries, pathsOf } from './importance/path-integral.js';
import {
  importanceEntries,
  importancesOf,
  weightedGradient,
  weightedPenalty,
} from './importance/quadratic.js';
import { importancesOfWalk } from './importance/walk.js';

/**
 * Where {@link si} gets its importances from before the first new task. A public checkpoint brings no trajectory, so
 * one has to be stood in for:
 *
 * - `'none'`: nowhere. Ω = 0 until you call `consolidate` at the end of a task: the original setting.
 * - `'old-task'`: `prepare` walks from the checkpoint through the samples with plain gradient descent at a small
 *   constant rate on the old task's loss (of labels, or of what the network says itself), and integrates the path. The
 *   anchor stays the checkpoint.
 * - `'first-pass'`: the new task's first `steps` steps are unpenalised; what they integrate gives Ω, around the
 *   checkpoint. After them the path is at rest.
 * - `'importance'`: what another regularizer's `prepare` measures, such as MAS's on synthetic images.
 */
export type SiTrajectory =
  | { from: 'none' }
  | {
      from: 'old-task';
      /** The old task's loss, a scalar, of the parameters that it is called with (so not of a `tf.layers` model). */
      loss: (params: Params, batch: RegularizerBatch) => tf.Scalar;
      /** Learning rate of the walk. */
      rate: number;
      /** Is told, after each step, how many images are done. Default: nobody. */
      onProgress?: (images: number) => void;
    }
  | { from: 'first-pass'; steps: number }
  | { from: 'importance'; regularizer: ParameterRegularizer };

/** Options of {@link si}. */
export interface SiOptions {
  /** c. Default 1. The authors use 0.01 to 1; ASG does not say which. */
  weight?: number;
  /** ξ, which keeps the quotient finite where a parameter has hardly moved. Default 1e-3. */
  xi?: number;
  /** Default `{ from: 'none' }`. */
  trajectory?: SiTrajectory;
}

/** What {@link si} gives. */
export interface SynapticIntelligence extends ParameterRegularizer {
  afterStep(step: RegularizedStep, state: Params): Params;
  /**
   * The state at the end of a task: Ω ← max(0, Ω + ω / ((θ − θ̃)² + ξ)), θ̃ ← θ, ω ← 0.
   *
   * New tensors, owned by the caller; the old state stays the caller's too.
   */
  consolidate(params: Params, state: Params): Params;
}

/**
 * Synaptic intelligence: R(θ) = c Σ_i Ω_i (θ_i − θ̃_i)², ∇R = 2c Ω (θ − θ̃); the importance of a parameter is what its
 * moves contributed to the fall of the task's loss.
 *
 * `afterStep` integrates ω_i ← ω_i − g_i Δθ_i along the trajectory, g the gradient of the task's loss alone (no penalty,
 * no weight decay) and Δθ the step as it was made, momentum included. `consolidate` turns ω into Ω at the end of a task.
 * Where Ω comes from before that: {@link SiTrajectory}.
 *
 * Costs before training: nothing, or what the trajectory's stand-in costs; in training: three operations a parameter a
 * step, and, next to a function regularizer, a second backward pass for the task's own gradient. The state holds
 * `anchor/<name>`, `importance/<name>`, `path/<name>` (ω) and, for `'first-pass'`, `step`; parameters that the anchor
 * lacks are left free. State, penalty and gradient belong to the caller, or to the enclosing `tf.tidy`. `afterStep`
 * shares the tensors that did not change with the state that it was given.
 *
 * @throws RangeError where the weight is negative, ξ or the rate not positive, or the steps not a positive integer;
 * UserError from `prepare` without the samples that the trajectory needs
 * @example
 * ```ts
 * const synapses = si({ weight: 0.1, trajectory: { from: 'first-pass', steps: 500 } });
 * let state = await synapses.prepare(params);
 * state = synapses.afterStep({ taskGrads, before, after }, state);
 * ```
 * @see Zenke, Poole, Ganguli: Continual learning through synaptic intelligence (ICML 2017), eq. 3 to 5
 */
export function si({
  weight = 1,
  xi = 1e-3,
  trajectory = { from: 'none' },
}: SiOptions = {}): SynapticIntelligence {
  checkOptions(weight, xi, trajectory);
  return {
    name: NAME,
    async prepare(anchor, samples) {
      const importances = await startImportances(trajectory, xi, anchor, samples);
      const state = {
        ...(await keepAnchor(anchor)),
        ...importanceEntries(importances),
        ...pathEntries(zerosLikeParams(anchor)),
      };
      return trajectory.from === 'first-pass' ? { ...state, [STEP]: tf.scalar(0) } : state;
    },
    penalty: weightedPenalty(NAME, weight),
    gradient: weightedGradient(NAME, weight),
    afterStep(step, state) {
      if (trajectory.from !== 'first-pass') return { ...state, ...pathEntries(integrated(step, state)) };
      const done = stepsDone(state);
      if (done >= trajectory.steps) return state;
      const count = { [STEP]: tf.scalar(done + 1) };
      if (done + 1 < trajectory.steps) return { ...state, ...pathEntries(integrated(step, state)), ...count };
      return { ...atEndOfPass(step, state, xi), ...count };
    },
    consolidate(params, state) {
      const importances = importancesFromPath(NAME, xi, params, state);
      const count: Params = state[STEP] === undefined ? {} : { [STEP]: state[STEP].clone() };
      return {
        ...movedAnchor(params, state),
        ...importanceEntries(importances),
        ...pathEntries(zerosLikeParams(pathsOf(state))),
        ...count,
      };
    },
  };
}

const NAME = 'si';

/** Importances from the path, which comes to rest; the anchor stays. */
function atEndOfPass(step: RegularizedStep, state: Params, xi: number): Params {
  const importances = tf.tidy(
    () =>
      importancesFromPath(NAME, xi, step.after, {
        ...state,
        ...pathEntries(integrated(step, state)),
      }) as Record<string, tf.Tensor>,
  );
  return { ...state, ...importanceEntries(importances), ...pathEntries(zerosLikeParams(pathsOf(state))) };
}
const STEP = 'step';

async function startImportances(
  trajectory: SiTrajectory,
  xi: number,
  anchor: Params,
  samples: AsyncIterable<RegularizerBatch> | undefined,
): Promise<Params> {
  if (trajectory.from === 'old-task') {
    return importancesOfWalk({ ...trajectory, regularizer: NAME, xi, anchor, samples });
  }
  if (trajectory.from === 'importance') {
    const measured = await trajectory.regularizer.prepare(anchor, samples);
    const importances = importancesOf(measured);
    const kept = new Set(Object.values(importances));
    tf.dispose(Object.values(measured).filter((tensor) => !kept.has(tensor)));
    const missing = Object.keys(anchor).find((name) => !Object.hasOwn(importances, name));
    if (missing === undefined) return importances;
    tf.dispose({ ...importances });
    throw new Error(`${NAME}: "${trajectory.regularizer.name}" measures no importance of "${missing}".`);
  }
  return zerosLikeParams(anchor);
}

/** A scalar made on the host: reading it waits for nothing. */
function stepsDone(state: Params): number {
  const [done] = entry(NAME, 'state', state, STEP).dataSync();
  return done!;
}

function checkOptions(weight: number, xi: number, trajectory: SiTrajectory): void {
  checkWeight(NAME, weight);
  if (!(xi > 0 && Number.isFinite(xi))) throw new RangeError(`${NAME}: ξ is a positive number; got ${xi}.`);
  switch (trajectory.from) {
    case 'none':
    case 'importance':
      return;
    case 'old-task':
      if (trajectory.rate > 0 && Number.isFinite(trajectory.rate)) return;
      throw new RangeError(`${NAME}: the rate of the walk is a positive number; got ${trajectory.rate}.`);
    case 'first-pass':
      if (Number.isSafeInteger(trajectory.steps) && trajectory.steps > 0) return;
      throw new RangeError(`${NAME}: a first pass has a whole number of steps; got ${trajectory.steps}.`);
    default:
      throw new RangeError(
        `${NAME}: a trajectory is from 'none', 'old-task', 'first-pass' or 'importance'; got ${JSON.stringify(trajectory)}.`,
      );
  }
}
