import { createRequire } from 'node:module';
import { UserError } from '@syn2real/core';
import type { Features } from '../folder/features.js';
import type { EmbeddingAnswer, EmbeddingJob } from './job.js';
import { startWorker } from './start-worker.js';

/** Options of {@link embed}. */
export interface EmbedOptions {
  /** Default "tsne". */
  method?: 'tsne' | 'umap';
  /** t-SNE: the number of neighbours that count, softly. Default 30, or a third of the other points where that is less. */
  perplexity?: number;
  /** UMAP: the number of neighbours. Default 15, or all other points where that is less. */
  neighbors?: number;
  /** t-SNE: steps of gradient descent, the first 100 with early exaggeration. Default 500. */
  iterations?: number;
  /** Principal components taken first. Default 50. */
  components?: number;
  /** Default 0. */
  seed?: number;
}

const FEWEST = 5;

/**
 * Lays feature vectors out in the plane so that neighbours stay neighbours, by t-SNE or UMAP. The axes have no meaning, nor
 * have distances between clusters.
 *
 * t-SNE is exact, by the package @saehrimnir/druidjs, which is not installed along (its licence is LGPL-3.0-or-later); UMAP
 * is by umap-js (MIT). The features are first projected on their principal components. The same features, options and seed give the same points.
 * Runs in a thread of its own.
 *
 * @param features - `[count, dimensions]`, at least five rows that are not all the same
 * @returns `[count, 2]`
 * @throws UserError for too few or equal features, values that are not finite, options out of range, or t-SNE without its
 * package
 *
 * @example
 * ```ts
 * const features = await readFeatures('runs/asg-0');
 * if (features !== undefined) {
 *   const points = await embed(features, { perplexity: 30, seed: 0 });
 *   await writeFile('tsne.svg', scatterFigure(points, { labels: features.labels, classes: ['car', 'bus'] }));
 * }
 * ```
 * @see t-SNE: van der Maaten and Hinton, 2008; UMAP: McInnes, Healy and Melville, 2018
 */
export async function embed(features: Features, options: EmbedOptions = {}): Promise<Float32Array> {
  const job = jobOf(features, options);
  if (job.method === 'tsne' && !tsneAvailable()) {
    throw new UserError({
      what: 't-SNE needs the package @saehrimnir/druidjs',
      got: 'no such package installed',
      expected: 'version 0.9, under the LGPL-3.0-or-later',
      fix: "npm install @saehrimnir/druidjs@0.9, or take the method 'umap'",
    });
  }
  const answer = await ask(job);
  if ('error' in answer) throw cannot(job, answer.error);
  if (!answer.points.every(Number.isFinite)) throw cannot(job, 'points that are not finite');
  return answer.points;
}

/**
 * Whether the package that {@link embed} takes for t-SNE is installed.
 *
 * @example
 * ```ts
 * const points = await embed(features, { method: tsneAvailable() ? 'tsne' : 'umap' });
 * ```
 */
export function tsneAvailable(): boolean {
  try {
    createRequire(import.meta.url).resolve('@saehrimnir/druidjs');
    return true;
  } catch {
    return false;
  }
}

function jobOf(
  { values, count, dimensions }: Features,
  { method = 'tsne', perplexity, neighbors, iterations = 500, components = 50, seed = 0 }: EmbedOptions,
): EmbeddingJob {
  const most = (count - 1) / 3;
  const faults = [
    count < FEWEST && `${count} rows: at least ${FEWEST} are needed`,
    values.length !== count * dimensions && `${values.length} values for ${count} × ${dimensions}`,
    !values.every(Number.isFinite) && 'values that are not finite',
    values.every((value, i) => value === values[i % dimensions]) && 'rows that are all the same',
    method === 'tsne' &&
      perplexity !== undefined &&
      !(perplexity >= 1 && perplexity <= most) &&
      `perplexity ${perplexity}: from 1 to a third of the other points (${most.toFixed(1)})`,
    method === 'umap' &&
      neighbors !== undefined &&
      !(Number.isInteger(neighbors) && neighbors >= 2 && neighbors < count) &&
      `${neighbors} neighbours: a whole number from 2 to ${count - 1}`,
    !(Number.isInteger(iterations) && iterations >= 1) && `${iterations} iterations: a whole number from 1`,
    !(Number.isInteger(components) && components >= 2) && `${components} components: a whole number from 2`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) {
    throw new UserError({
      what: 'the features cannot be embedded',
      got: faults.join('; '),
      expected: 'finite features of different images, options in range',
    });
  }
  return {
    features: { values, count, dimensions },
    method,
    components,
    perplexity: perplexity ?? Math.min(30, most),
    neighbors: neighbors ?? Math.min(15, count - 1),
    iterations,
    seed,
  };
}

const ask = (job: EmbeddingJob): Promise<EmbeddingAnswer> =>
  new Promise((resolve, reject) => {
    const worker = startWorker(job);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the embedding's thread ended with code ${code}`)));
  });

const cannot = ({ method, features }: EmbeddingJob, got: string): UserError =>
  new UserError({
    what: `${method === 'tsne' ? 't-SNE' : 'UMAP'} of ${features.count} features failed`,
    got,
    expected: 'features that differ from image to image',
    fix: 'look for equal or extreme features, or try the other method',
  });
