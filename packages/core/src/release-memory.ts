import { tf } from './tf.js';

/**
 * Has the backend in force give back the memory that it keeps for runs to come, where it can (`releaseMemory` of
 * `\@syn2real/tfjs-backend-onnxruntime`); on others it does nothing.
 *
 * For the moment between two kinds of work, say training and evaluation: each would else hold its memory while the other
 * one runs. Tensors stay, and no result changes; the next run of a large graph takes its memory anew.
 *
 * @example
 * ```ts
 * releaseMemory();
 * const scores = await evaluate(params);
 * releaseMemory();
 * ```
 */
export function releaseMemory(): void {
  const backend = tf.backend() as { releaseMemory?: () => void };
  backend.releaseMemory?.();
}
