import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkpointPath } from '../assets.js';
import { MINIBENCH_RECIPE } from '../recipe.js';
import { SEGMENTATION_RECIPE } from './recipe.js';
import { SCENE_SIZE } from './scene.js';

describe('SEGMENTATION_RECIPE', () => {
  it('trains the small methods at a tenth of the large rate, and the score layers at no less', () => {
    const { smallRate, largeRate, headRate } = SEGMENTATION_RECIPE;
    expect(smallRate).toBeCloseTo(0.1 * largeRate, 12);
    expect(headRate).toBeGreaterThanOrEqual(largeRate);
  });

  it('starts from the network that comes along', async () => {
    expect(SEGMENTATION_RECIPE.backbone).toBe(MINIBENCH_RECIPE.backbone);
    expect((await readFile(checkpointPath())).byteLength).toBeGreaterThan(0);
  });

  it('cuts squares that lie in a scene, in patches of as many pixels as the old classifier is used to', () => {
    const { crop, grid } = SEGMENTATION_RECIPE;
    expect(crop).toBeLessThanOrEqual(Math.min(...SCENE_SIZE));
    for (const patches of grid) {
      expect(crop % patches).toBe(0);
      expect(Math.abs(crop / patches - MINIBENCH_RECIPE.imageSize)).toBeLessThanOrEqual(8);
    }
  });
});
