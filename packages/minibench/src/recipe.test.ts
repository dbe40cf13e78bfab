import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkpointPath } from './assets.js';
import { IMAGE_SIZE } from './glyphs.js';
import { MINIBENCH_RECIPE } from './recipe.js';

describe('MINIBENCH_RECIPE', () => {
  it('has its methods use the rates and the guidance that it names', () => {
    const { methods, largeRate, smallRate, lambda, headRate } = MINIBENCH_RECIPE;
    expect(largeRate).toBe(headRate);
    expect(smallRate).toBeCloseTo(0.1 * largeRate, 12);
    expect(methods).toEqual({
      'head-only': { backboneRate: 0, lambda: 0 },
      small: { backboneRate: smallRate, lambda: 0 },
      'small-proxy-guidance': { backboneRate: smallRate, lambda },
      large: { backboneRate: largeRate, lambda: 0 },
      'large-proxy-guidance': { backboneRate: largeRate, lambda },
    });
  });

  it('feeds the shipped network what it was trained on', async () => {
    const bytes = await readFile(checkpointPath());
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString('utf8')) as {
      __metadata__: Record<string, string>;
    };
    const { backbone, imageSize, mean, std } = MINIBENCH_RECIPE;
    expect(header.__metadata__.architecture).toBe(backbone);
    expect(JSON.parse(header.__metadata__.input!)).toEqual({
      size: imageSize,
      channels: 3,
      range: [0, 1],
      mean,
      std,
    });
    expect(imageSize).toBe(IMAGE_SIZE);
  });

  it('is the one that the PyTorch trial takes by default', async () => {
    const trial = await readFile(new URL('../pretrain/trial.py', import.meta.url), 'utf8');
    const defaultOf = (option: string) =>
      new RegExp(`"--${option}",.*default="?([\\w.-]+)"?`).exec(trial)?.[1] ?? `no --${option}`;
    const { schedule, momentum, weightDecay, batchSize, epochs, largeRate, lambda } = MINIBENCH_RECIPE;
    expect(defaultOf('schedule')).toBe(schedule);
    const numbers = ['momentum', 'decay', 'batch', 'epochs', 'large-rate', 'factor', 'weight'].map((option) =>
      Number(defaultOf(option)),
    );
    expect(numbers).toEqual([momentum, weightDecay, batchSize, epochs, largeRate, 0.1, lambda]);
  });
});
