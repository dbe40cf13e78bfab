import { SWEEP_SEED } from '@syn2real/cli';
import { describe, expect, it } from 'vitest';
import { miniBenchmark } from './benchmark.js';
import { EXTRA, TABLE2 } from './rows.js';
import { sweepTrial } from './sweep.js';
import { trainTask } from './task.js';

const benchmark = miniBenchmark({ data: 'data', epochs: 4, source: 4000, warmup: 100 });
const road = TABLE2.find(({ id }) => id === 'road')!;

describe('a sweep', () => {
  it('never reads the target and trains with a seed that is not reported', () => {
    for (const row of [...TABLE2, ...EXTRA].filter(({ sweep }) => sweep)) {
      for (const lambda of row.sweep!) {
        const trial = sweepTrial(benchmark, row, lambda);
        expect(trial.recipe).toMatchObject({ lambda, seed: SWEEP_SEED, selection: 'last' });
        expect(trial.recipe.sourceHeldOut).toBeGreaterThan(0);
        const args = trainTask('out', trial).args();
        expect(args[args.indexOf('--measure-target') + 1]).toBe('never');
      }
    }
  });

  it('holds source images out where the benchmark has none', () => {
    const none = { ...benchmark, given: { ...benchmark.given, sourceHeldOut: 0 } };
    expect(sweepTrial(none, road, 0.1).recipe.sourceHeldOut).toBe(0.05);
  });
});
