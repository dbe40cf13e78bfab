import type { Features } from '../folder/features.js';

/** What the embedding's thread is given. */
export interface EmbeddingJob {
  features: Features;
  method: 'tsne' | 'umap';
  /** Principal components taken first. */
  components: number;
  perplexity: number;
  neighbors: number;
  iterations: number;
  seed: number;
}

/** What it answers: `[count, 2]`, or why not. */
export type EmbeddingAnswer = { points: Float32Array } | { error: string };
