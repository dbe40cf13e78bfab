import { createRng } from '@syn2real/core';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { Features } from '../folder/features.js';
import { embed } from './embed.js';
import { principalComponents } from './principal-components.js';

/** Points around three centres far apart. */
function clusters(count: number, dimensions: number): Features {
  const rng = createRng(5);
  const centres = Array.from({ length: 3 }, () => Array.from({ length: dimensions }, () => 2 * rng.normal()));
  const values = Float32Array.from({ length: count * dimensions }, (_, i) => {
    const centre = centres[Math.floor(i / dimensions) % 3];
    return (centre?.[i % dimensions] ?? 0) + rng.normal();
  });
  return { values, count, dimensions };
}

/** Share of points whose nearest other point is of their own cluster. */
function together(points: Float32Array): number {
  const n = points.length / 2;
  const square = (i: number, j: number) =>
    (points[2 * i]! - points[2 * j]!) ** 2 + (points[2 * i + 1]! - points[2 * j + 1]!) ** 2;
  const nearest = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => j)
      .filter((j) => j !== i)
      .reduce((best, j) => (square(i, j) < square(i, best) ? j : best)),
  );
  return nearest.filter((j, i) => j % 3 === i % 3).length / n;
}

describe('principalComponents', () => {
  it('are those of a full singular value decomposition', () => {
    const features = clusters(40, 25);
    const { values, dimensions } = principalComponents(features, 4, createRng(0));
    expect(dimensions).toBe(4);
    const x = Matrix.from1DArray(40, 25, [...features.values]).center('column');
    const svd = new SingularValueDecomposition(x);
    for (let column = 0; column < 2; column += 1) {
      const exact = svd.leftSingularVectors.getColumn(column).map((u) => u * svd.diagonal[column]!);
      const own = exact.map((_, i) => values[i * 4 + column]!);
      const sign = Math.sign(exact.reduce((sum, e, i) => sum + e * own[i]!, 0));
      own.forEach((value, i) => {
        expect(value).toBeCloseTo(sign * exact[i]!, 3);
      });
      expect(own.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))).toBeGreaterThan(0);
    }
    const captured = values.reduce((sum, value) => sum + value ** 2, 0);
    const most = svd.diagonal.slice(0, 4).reduce((sum, s) => sum + s ** 2, 0);
    expect(captured / most).toBeGreaterThan(0.995);
    expect(captured / most).toBeLessThanOrEqual(1 + 1e-6);
  });

  it('are at most as many as rows and columns', () => {
    expect(principalComponents(clusters(6, 9), 50, createRng(0)).dimensions).toBe(6);
    expect(principalComponents(clusters(9, 3), 50, createRng(0)).dimensions).toBe(3);
  });
});

describe('embed', () => {
  const features = clusters(60, 70);

  for (const method of ['tsne', 'umap'] as const) {
    it(`${method}: keeps neighbours together, the same for a seed, another for another`, async () => {
      const options = { method, iterations: 250, perplexity: 8, seed: 3 };
      const [points, again, other] = await Promise.all([
        embed(features, options),
        embed(features, options),
        embed(features, { ...options, seed: 4 }),
      ]);
      expect(points).toHaveLength(120);
      expect(together(points)).toBeGreaterThanOrEqual(0.95);
      expect(again).toEqual(points);
      expect(other).not.toEqual(points);
    });
  }

  it('refuses what cannot be embedded, all faults at once', async () => {
    await expect(embed(clusters(4, 3))).rejects.toThrow(/4 rows: at least 5/);
    await expect(
      embed(
        { values: new Float32Array(30).fill(1), count: 10, dimensions: 3 },
        { perplexity: 9, iterations: 0 },
      ),
    ).rejects.toThrow(/rows that are all the same; perplexity 9.*third.*\(3\.0\); 0 iterations/);
    const nan = {
      values: Float32Array.from({ length: 10 }, (_, i) => (i === 3 ? Number.NaN : i)),
      count: 5,
      dimensions: 2,
    };
    await expect(embed(nan, { method: 'umap', neighbors: 5 })).rejects.toThrow(/not finite; 5 neighbours/);
  });
});
