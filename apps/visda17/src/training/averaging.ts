import { type Params, UserError } from '@syn2real/core';
import { type SwadState, swad } from '@syn2real/regularizers';
import type { JsonObject, OpenRun, TrainState } from '@syn2real/trainer';
import type { Recipe } from '../config/train-options.js';
import type { SourceSplit } from '../data/held-out.js';
import { heldOutLoss } from './held-out-loss.js';
import type { Setup } from './setup.js';

/** A run's plain state of weight averaging; its tensors are the train state's, under {@link GROUP}. */
export interface AveragingOwn {
  readonly averaging?: {
    readonly current: number;
    readonly valley: number;
    readonly pending: readonly { readonly count: number; readonly loss: number }[];
    readonly threshold?: number;
    readonly ended: boolean;
  };
}

/** Weights that are averaged while a run trains. */
export interface Averaging {
  init(): AveragingOwn;
  /** Takes the weights after a step in, every so often with the held-out loss; uses the state up. */
  record(own: AveragingOwn, state: TrainState): Promise<{ own: AveragingOwn; state: TrainState }>;
  /** How many iterations' mean would be reported; 0: the trained weights themselves; undefined: nothing is averaged. */
  iterations(own: AveragingOwn): number | undefined;
  /** The mean, new tensors; undefined where the trained weights are reported. */
  average(own: AveragingOwn, state: TrainState): Params | undefined;
}

/** The name that the averages' tensors have among the train state's. */
const GROUP = 'swad';

const NONE: Averaging = {
  init: () => ({}),
  record: async (_, state) => ({ own: {}, state }),
  iterations: () => undefined,
  average: () => undefined,
};

/** The recipe's averaging. */
export function averagingOf(
  setup: Setup,
  recipe: Pick<Recipe, 'average' | 'swadStart' | 'swadEnd' | 'swadTolerance' | 'swadEvery'>,
  { batchSize, totalSteps }: { batchSize: number; totalSteps: number },
  { journal }: Pick<OpenRun, 'journal'>,
): Averaging {
  if (recipe.average === undefined) return NONE;
  const { swadStart: startPatience, swadEnd: endPatience, swadTolerance: tolerance } = recipe;
  const averaging = swad({ startPatience, endPatience, tolerance });
  const every = recipe.swadEvery ?? Math.max(1, Math.round(totalSteps / 100));
  const iterations = ({ averaging: plain }: AveragingOwn): number =>
    plain?.threshold === undefined
      ? 0
      : plain.valley + plain.current + plain.pending.reduce((sum, { count }) => sum + count, 0);
  return {
    init: () => plainOf(averaging.init()),
    async record(own, state) {
      let next = averaging.afterStep(state.params, stateOf(own, state));
      if (state.step % every === 0 && !next.ended) {
        const loss = await heldOutLoss(setup, state.params, batchSize);
        next = averaging.afterEvaluation(loss, next);
        const line = { loss, iterations: iterations(plainOf(next)), ended: next.ended } as const;
        journal.record('average', state.step, line satisfies JsonObject);
      }
      const regularizers = { ...state.regularizers, [GROUP]: tensorsOf(next) };
      return { own: plainOf(next), state: { ...state, regularizers } };
    },
    iterations,
    average: (own, state) => averaging.average(stateOf(own, state)),
  };
}

/** @throws UserError where the recipe averages weights without what that needs */
export function checkAveraging({ average, selection }: Recipe, { heldOut }: SourceSplit): void {
  if (average === undefined) return;
  if (heldOut.length === 0) {
    throw new UserError({
      what: '--average swad needs source images that are held out: their loss says where the valley is',
      fix: 'pass --source-held-out 0.05',
    });
  }
  if (selection !== 'last') {
    throw new UserError({
      what: '--average swad chooses among iterations itself, by the loss on held-out source images',
      got: `--selection ${selection}`,
      fix: 'leave --selection out',
    });
  }
}

function plainOf({ current, valley, pending, threshold, ended }: SwadState): AveragingOwn {
  return {
    averaging: {
      current: current.count,
      valley: valley.count,
      pending: pending.map(({ count, loss }) => ({ count, loss })),
      ...(threshold === undefined ? {} : { threshold }),
      ended,
    },
  };
}

function tensorsOf({ current, valley, pending }: SwadState): Params {
  const named = (part: string, mean: Params) =>
    Object.entries(mean).map(([name, tensor]) => [`${part}/${name}`, tensor] as const);
  return Object.fromEntries([
    ...named('current', current.mean),
    ...named('valley', valley.mean),
    ...pending.flatMap(({ mean }, i) => named(`pending-${i}`, mean)),
  ]);
}

/** The inverse of {@link plainOf} and {@link tensorsOf}; shares the state's tensors. */
function stateOf({ averaging }: AveragingOwn, { regularizers }: TrainState): SwadState {
  const { current, valley, pending, ...rest } = averaging!;
  const meanOf = (part: string): Params =>
    Object.fromEntries(
      Object.entries(regularizers[GROUP] ?? {}).flatMap(([name, tensor]) =>
        name.startsWith(`${part}/`) ? [[name.slice(part.length + 1), tensor]] : [],
      ),
    );
  return {
    ...rest,
    current: { mean: meanOf('current'), count: current },
    valley: { mean: meanOf('valley'), count: valley },
    pending: pending.map((segment, i) => ({ ...segment, mean: meanOf(`pending-${i}`) })),
  };
}
