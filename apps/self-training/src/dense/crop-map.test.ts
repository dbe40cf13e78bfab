import { createRng } from '@syn2real/core';
import { drawDense, IMAGENET_MEAN, IMAGENET_STD, normaliseTable, transformPair } from '@syn2real/datasets';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cropMap } from './crop-map.js';

const table = normaliseTable(IMAGENET_MEAN, IMAGENET_STD);
const side = fc.integer({ min: 1, max: 40 });

it('cuts what the loader cuts of a label', () => {
  fc.assert(
    fc.property(side, side, side, fc.nat(), (height, width, crop, seed) => {
      const rng = createRng(seed);
      const values = Uint8Array.from({ length: height * width }, () => rng.integer(255));
      const draw = drawDense({ crop, mirror: 0.5, scale: [0.5, 1.5], cropOrigins: 'full' }, rng);
      const out = { image: new Float32Array(crop * crop * 3), label: new Uint8Array(crop * crop) };
      const image = { data: new Uint8Array(height * width * 3), channels: 3 as const, width, height };
      transformPair(image, { values, width, height }, { crop, cropOrigins: 'full' }, draw, table, out);
      expect(cropMap(values, [height, width], draw, { crop, outside: 255 })).toEqual(out.label);
    }),
  );
});
