import type { Rng } from '@syn2real/core';
import type { EmbeddingJob } from './job.js';

/** Exact t-SNE of rows in two dimensions, `[count, 2]`, by the optional package @saehrimnir/druidjs (WebAssembly). */
export async function tsne(
  rows: number[][],
  { perplexity, iterations }: Pick<EmbeddingJob, 'perplexity' | 'iterations'>,
  rng: Rng,
): Promise<number[][]> {
  const { TSNE } = await import('@saehrimnir/druidjs');
  return new TSNE(rows, { perplexity, d: 2, epsilon: 10, seed: rng.integer(2 ** 31) }).transform(iterations);
}
