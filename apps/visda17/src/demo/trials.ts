import { parseOptions, placeOf } from '@syn2real/cli';
import { checkpointPath, MINIBENCH_RECIPE, type MinibenchMethod } from '@syn2real/minibench';
import { type Recipe, recipeOptions } from '../config/train-options.js';

/** One row of the demo's table. */
export interface Trial {
  readonly label: string;
  /** Folder of the run under the demo's, by method and seed. */
  readonly name: string;
  readonly recipe: Recipe;
}

/** What the demo is run with. */
export interface TrialsOptions {
  data: string;
  retention: string;
  epochs: number;
  seeds: number;
  /** Iterations of warm-up. */
  warmup: number;
  /** Share of the source images that is kept to measure on. */
  sourceHeldOut: number;
}

type MethodKey = keyof typeof MINIBENCH_RECIPE.methods;

const ROWS: readonly { key: MethodKey; label: string; method: Recipe['method'] }[] = [
  { key: 'large', label: 'large rate everywhere', method: 'naive' },
  { key: 'large-proxy-guidance', label: 'large rate + proxy guidance', method: 'proxy-guidance' },
  { key: 'small', label: 'small backbone rate', method: 'naive' },
  { key: 'small-proxy-guidance', label: 'small rate + proxy guidance', method: 'proxy-guidance' },
  { key: 'head-only', label: 'head only', method: 'head-only' },
];

/** The benchmark's methods, each over the seeds 0 … seeds−1, in the order of the table. */
export function demoTrials({ seeds, ...given }: TrialsOptions): Trial[] {
  return ROWS.flatMap(({ key, label, method }) =>
    Array.from({ length: seeds }, (_, seed) => ({
      label,
      name: `${key}-${seed}`,
      recipe: recipeFor(MINIBENCH_RECIPE.methods[key], { ...given, seed, method }),
    })),
  );
}

function recipeFor(
  { backboneRate, lambda }: MinibenchMethod,
  given: Omit<TrialsOptions, 'seeds'> & { seed: number; method: Recipe['method'] },
): Recipe {
  const { headRate, flipAtEvaluation } = MINIBENCH_RECIPE;
  return parseOptions(recipeOptions, {
    ...MINIBENCH_RECIPE,
    ...given,
    weights: placeOf(checkpointPath()),
    lr: headRate,
    backboneFactor: backboneRate / headRate,
    lambda,
    tta: flipAtEvaluation ? 'flip' : 'none',
  });
}
