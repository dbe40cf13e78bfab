import { createRng } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { randomCrop } from './random-crop.js';

const SIDE = 12;
const image = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 37) % 251);

describe('random crops', () => {
  it('are functions of the stream, and leave the image as it was', () => {
    const before = image.slice();
    const crop = (seed: number) => randomCrop(image, SIDE, { scale: [0.5, 1], flip: true }, createRng(seed));
    expect(crop(1)).toEqual(crop(1));
    expect(crop(1)).not.toEqual(crop(2));
    expect(crop(1)).toHaveLength(image.length);
    expect(image).toEqual(before);
  });

  it('of the whole area are the image, or a part of it stretched', () => {
    const flat = new Uint8Array(SIDE * SIDE * 3).fill(200);
    for (let seed = 0; seed < 20; seed++) {
      expect(randomCrop(flat, SIDE, { scale: [0.1, 0.9], flip: true }, createRng(seed))).toEqual(flat);
    }
  });

  it('keep the share of the area that is asked for', () => {
    const gradient = new Uint8Array(SIDE * SIDE * 3);
    for (let i = 0; i < SIDE * SIDE; i++) gradient.fill(20 * (i % SIDE), i * 3, i * 3 + 3);
    const spans = Array.from({ length: 200 }, (_, seed) => {
      const crop = randomCrop(gradient, SIDE, { scale: [0.25, 0.25], flip: false }, createRng(seed));
      const row = Array.from({ length: SIDE }, (_, x) => crop[x * 3]!);
      return (Math.max(...row) - Math.min(...row)) / 20 + 1;
    });
    const mean = spans.reduce((a, b) => a + b, 0) / spans.length;
    expect(mean).toBeGreaterThan(SIDE / 2 - 0.7);
    expect(mean).toBeLessThan(SIDE / 2 + 0.7);
  });
});
