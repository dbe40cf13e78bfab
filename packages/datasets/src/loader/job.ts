import type { ImageSize } from '@syn2real/core';
import type { DecodeLimits } from '../decode/limits.js';
import type { DenseDraw, DenseTransform } from '../dense/dense-transform.js';
import type { ImageTransform } from '../transform/image-transform.js';

/** Images to decode and bring to a square. One plane: RGB bytes `[files, crop, crop, 3]`. */
export interface ImagesJob {
  readonly kind: 'images';
  readonly files: readonly string[];
  readonly transform: ImageTransform;
  readonly limits: DecodeLimits;
}

/**
 * Images and labels to make training examples of. Two planes: float32 `[pairs, crop, crop, 3]`, and class indices
 * `[pairs, crop, crop]`.
 */
export interface PairsJob {
  readonly kind: 'pairs';
  readonly pairs: readonly { readonly image: string; readonly label: string; readonly draw: DenseDraw }[];
  readonly transform: Pick<DenseTransform, 'crop' | 'cropOrigins'>;
  /** Class index of each value of a label, `[256]`. */
  readonly trainIds: Uint8Array;
  /** From {@link normaliseTable}. */
  readonly table: Float32Array;
  readonly nominalSize?: ImageSize;
  readonly limits: DecodeLimits;
}

/** Images to decode as they are. A plane for each file, RGB bytes `[height, width, 3]`, empty where it failed. */
export interface WholesJob {
  readonly kind: 'wholes';
  readonly files: readonly string[];
  readonly limits: DecodeLimits;
}

/** Label images whose values to count. One plane: uint32 `[files, 256]`, pixels of each value. */
export interface ValuesJob {
  readonly kind: 'values';
  readonly files: readonly string[];
  readonly limits: DecodeLimits;
}

/** Work for a decoding thread. */
export type PoolJob = ImagesJob | PairsJob | WholesJob | ValuesJob;

/** What a job gives. */
export interface JobResult {
  readonly planes: readonly Uint8Array<ArrayBuffer>[];
  /** For each file or pair why it has no result; null: it has. */
  readonly failures: readonly (string | null)[];
  /** Of each file, where files keep their sizes; `[0, 0]` where it failed. */
  readonly sizes?: readonly ImageSize[];
}
