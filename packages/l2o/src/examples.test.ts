import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { plateauController } from '../examples/plateau-controller.js';
import { trainWithController } from '../examples/training-loop.js';
import { fixedController, randomController } from './index.js';

describe('the example of a training loop', () => {
  it('trains under any controller, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const length = { epochs: 2, iterationsPerEpoch: 30 };
    for (const run of [
      trainWithController(randomController, length),
      trainWithController(plateauController(), length),
      trainWithController(fixedController({ head: 1 }, 0.1), length),
    ]) {
      expect(run.losses).toHaveLength(60);
      expect(run.decided.length).toBeGreaterThan(2);
      expect(run.losses[59]!).toBeLessThan(0.8 * run.losses[0]!);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(trainWithController(randomController, length)).toEqual(
      trainWithController(randomController, length),
    );
  });

  it('moves nothing at scale 0', () => {
    const { losses } = trainWithController(fixedController({}, 0), { epochs: 1, iterationsPerEpoch: 12 });
    expect(new Set(losses).size).toBe(1);
  });
});
