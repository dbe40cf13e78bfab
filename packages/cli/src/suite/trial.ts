import { join } from 'node:path';
import { asJson, canonicalJson, sha256 } from '@syn2real/trainer';

/** One training run of a suite. */
export interface SuiteTrial {
  /** Folder of the run; see {@link trialName}. */
  readonly name: string;
  readonly label: string;
  /** What stands in its config.json. */
  readonly recipe: { readonly seed: number };
}

/**
 * The name of a run: what is said first, the seed, and a hash of all that decides its numbers.
 *
 * @param identity the recipe without the places of its files, so that a run is found again where they have moved
 * @example
 * ```ts
 * trialName('naive', 0, { method: 'naive', epochs: 4, seed: 0 }); // 'naive-seed0-7e62c9f1'
 * ```
 */
export function trialName(said: string, seed: number, identity: object): string {
  return `${said}-seed${seed}-${sha256(canonicalJson(asJson(identity))).slice(0, 8)}`;
}

/** Trials by name: one that several tables share is there once. */
export function distinct<T extends { readonly name: string }>(trials: readonly T[]): T[] {
  return [...new Map(trials.map((trial) => [trial.name, trial])).values()];
}

/** Folder of a trial's run. */
export function runFolder(out: string, { name }: Pick<SuiteTrial, 'name'>): string {
  return join(out, 'runs', name);
}

/** Trials seed by seed, so that a suite that is stopped has whole rows of fewer seeds. */
export function bySeed<Trial extends SuiteTrial>(planned: readonly { trials: readonly Trial[] }[]): Trial[] {
  return planned.flatMap(({ trials }) => trials).sort((a, b) => a.recipe.seed - b.recipe.seed);
}
