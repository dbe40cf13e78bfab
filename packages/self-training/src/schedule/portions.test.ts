import { expect, it } from 'vitest';
import { SOURCE_SHARE, shareOfRound, TARGET_PORTION } from './portions.js';

it('portions grow by rounds up to their cap', () => {
  const rounds = [0, 1, 6, 20].map((round) => shareOfRound(TARGET_PORTION, round));
  for (const [i, q] of [0.2, 0.25, 0.5, 0.5].entries()) expect(rounds[i]).toBeCloseTo(q, 12);
  expect(Math.floor(152_397 * shareOfRound(SOURCE_SHARE, 0))).toBe(9905);
  expect(Math.floor(152_397 * shareOfRound(SOURCE_SHARE, 99))).toBe(25_145);
});
