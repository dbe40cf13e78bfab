import { parentPort, workerData } from 'node:worker_threads';
import { createRng } from '@syn2real/core';
import type { Features } from '../folder/features.js';
import type { EmbeddingAnswer, EmbeddingJob } from './job.js';
import { principalComponents } from './principal-components.js';
import { tsne } from './tsne.js';

async function run(job: EmbeddingJob): Promise<EmbeddingAnswer> {
  const rng = createRng(job.seed);
  const { features, components } = job;
  const reduced =
    features.dimensions > components
      ? principalComponents(features, components, rng.split('components'))
      : features;
  const rows = rowsOf(reduced);
  const points =
    job.method === 'tsne'
      ? await tsne(rows, job, rng.split('tsne'))
      : await umap(rows, job.neighbors, rng.split('umap').uniform);
  return { points: Float32Array.from(points.flat()) };
}

async function umap(rows: number[][], nNeighbors: number, random: () => number): Promise<number[][]> {
  const { UMAP } = await import('umap-js');
  return new UMAP({ nComponents: 2, nNeighbors, random }).fit(rows);
}

const rowsOf = ({ values, count, dimensions }: Features): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from(values.subarray(i * dimensions, (i + 1) * dimensions)));

const answer = await run(workerData as EmbeddingJob).catch(
  (error: unknown): EmbeddingAnswer => ({ error: error instanceof Error ? error.message : String(error) }),
);
parentPort?.postMessage(answer);
