import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, positionAt, stepsPerEpoch } from './position.js';

describe('the position in an epoch', () => {
  it('visits every image once an epoch, whatever the batch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 17 }), (images, batchSize) => {
        const order = Int32Array.from({ length: images }, (_, i) => images - 1 - i);
        const steps = stepsPerEpoch(images, batchSize);
        const seen = Array.from({ length: steps }, (_, step) =>
          Array.from(batchOf(order, positionAt(step + 2 * steps, steps).within, batchSize)),
        ).flat();
        expect(seen).toEqual(Array.from(order));
      }),
    );
  });

  it('counts steps as the released VisDA-17 training does', () => {
    expect(stepsPerEpoch(152_397, 32)).toBe(4763);
    expect(stepsPerEpoch(12_000, 6, true)).toBe(2000);
    expect(stepsPerEpoch(13, 6, true)).toBe(2);
    expect(positionAt(4763, 4763)).toEqual({ epoch: 1, within: 0 });
    expect(positionAt(9525, 4763)).toEqual({ epoch: 1, within: 4762 });
  });
});
