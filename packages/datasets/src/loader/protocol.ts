import type { DecodedFiles, DecodeJob } from './decode-files.js';

/** Main thread to worker. */
export type ToWorker =
  | { readonly kind: 'decode'; readonly id: number; readonly job: DecodeJob }
  | { readonly kind: 'cancel'; readonly id: number };

/** Worker to main thread; a cancelled job gets an answer too, without a result. */
export interface FromWorker {
  readonly id: number;
  readonly result: DecodedFiles | null;
}
