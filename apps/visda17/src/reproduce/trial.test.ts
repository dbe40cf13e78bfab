import { bySeed, distinct, distinctRows, parseOptions, planRow, toArguments } from '@syn2real/cli';
import { describe, expect, it } from 'vitest';
import { parseRecipe, recipeOptions } from '../config/train-options.js';
import { miniBenchmark } from './benchmark.js';
import { planOf } from './plan.js';
import { type Row, TABLE1, TABLE2 } from './rows.js';
import { rowsOf } from './suites.js';
import { trialOf } from './trial.js';

const benchmark = miniBenchmark({ data: 'data', epochs: 4, source: 4000, warmup: 100 });
const decided = {
  lambdas: new Map<string, number>(),
  policies: new Map([0, 1, 2].map((seed) => [seed, `p/policy-${seed}/policy.safetensors`])),
};
const options = { benchmark, suites: [], jobs: 1, out: 'out', policyEpochs: 2 };
const plan = (row: Row, seeds: number, lambdas = decided.lambdas) =>
  planRow(planOf({ ...options, seeds }), row, { ...decided, lambdas });

describe('trials', () => {
  it('that two tables share are one run', () => {
    const guided = TABLE2.find(({ id }) => id === 'small-pg')!;
    const tenth = TABLE1.find(({ id }) => id === 'lambda-0.1')!;
    const planned = [guided, tenth].map((row) => plan(row, 3));
    expect(planned.flatMap(({ trials }) => trials)).toHaveLength(6);
    expect(distinct(bySeed(planned)).map(({ recipe }) => recipe.seed)).toEqual([0, 1, 2]);
  });

  it('of all tables and figures: no two settings under one name', () => {
    const rows = distinctRows(rowsOf('all', benchmark));
    const lambdas = new Map(rows.flatMap(({ id, sweep }) => (sweep ? [[id, sweep[0]!]] : [])));
    const trials = rows.flatMap((row) => plan(row, 2, lambdas).trials);
    const byName = new Map<string, string>();
    for (const { name, recipe } of trials) {
      const settings = JSON.stringify(recipe);
      expect(byName.get(name) ?? settings).toBe(settings);
      byName.set(name, settings);
    }
    expect(byName.size).toBe(trials.length - 2);
  });

  it('are seed by seed, so that a stopped suite has whole rows of fewer seeds', () => {
    const seeds = bySeed(TABLE1.map((row) => plan(row, 2))).map(({ recipe }) => recipe.seed);
    expect(seeds).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it('keep their name when data and weights lie elsewhere, and get another for any other setting', () => {
    const of = (given: object) =>
      trialOf(
        { ...benchmark, given: { ...benchmark.given, ...given } },
        { label: 'x', given: { method: 'l2' }, seed: 0 },
      ).name;
    expect(of({ data: 'elsewhere', weights: 'w', retention: 'r' })).toBe(of({}));
    for (const other of [{ epochs: 5 }, { lambda: 2 }, { head: 'mlp' }, { lr: 0.02 }, { sourceHeldOut: 0.5 }])
      expect(of(other)).not.toBe(of({}));
  });

  it('without a chosen coefficient are not run', () => {
    const road = TABLE2.find(({ id }) => id === 'road')!;
    expect(plan(road, 5).trials).toEqual([]);
    const { chosen, trials } = plan(road, 2, new Map([['road', 0.1]]));
    expect([chosen, ...trials.map(({ recipe }) => recipe.lambda)]).toEqual([0.1, 0.1, 0.1]);
  });

  it('as arguments say the same recipe', () => {
    const row = TABLE2.find(({ id }) => id === 'asg')!;
    const [trial] = plan(row, 1).trials;
    const args = toArguments(recipeOptions, trial!.recipe);
    const given: Record<string, string | true> = {};
    for (let i = 0; i < args.length; i++) {
      const key = args[i]!.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      given[key] = args[i + 1]?.startsWith('--') === false ? args[++i]! : true;
    }
    expect(parseRecipe(given)).toEqual(trial!.recipe);
    expect(parseOptions(recipeOptions, given)).toEqual(trial!.recipe);
    expect(args).not.toContain('--skip-unreadable');
  });
});

describe('the paper’s rows', () => {
  it('have its numbers and its baselines', () => {
    expect(TABLE2.map(({ paper }) => paper!.target)).toEqual([
      28.2, 58.7, 49.3, 60.2, 53.3, 57.1, 56.4, 57.6, 61.1,
    ]);
    const target = (id: string) => TABLE2.find((row) => row.id === id)!.paper!.target;
    for (const { over, paper } of TABLE2)
      if (over !== undefined && paper?.gain !== undefined)
        expect(paper.target - target(over)).toBeCloseTo(paper.gain, 9);
  });
});
