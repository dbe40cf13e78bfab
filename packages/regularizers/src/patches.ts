import { tf } from '@syn2real/core';

/** Rows and columns of patches. */
export type Grid = readonly [rows: number, columns: number];

/** Pools a piece of a map, `[B, h, w, C]`, into what the old classifier reads, `[B, F]`. */
export type PoolPatch = (patch: tf.Tensor4D) => tf.Tensor2D;

/** The mean over all positions: how a ResNet pools. */
export function meanPool(patch: tf.Tensor4D): tf.Tensor2D {
  return patch.mean([1, 2]);
}

/** Start and length of each patch along an axis of `size` positions. */
export function spans(size: number, count: number, overlap: number): { start: number; length: number }[] {
  const step = Math.ceil(size / count);
  return Array.from({ length: Math.ceil(size / step) }, (_, at) => {
    const start = Math.max(0, at * step - overlap);
    return { start, length: Math.min(size, (at + 1) * step + overlap) - start };
  });
}

/** The pooled patches of a map, row by row: `[B, h, w, C]` → `[B, P, F]`. */
export function pooledPatches(
  map: tf.Tensor4D,
  [rows, columns]: Grid,
  overlap: number,
  pool: PoolPatch,
): tf.Tensor3D {
  const [batch, height, width, channels] = map.shape;
  const across = spans(width, columns, overlap);
  const pooled = spans(height, rows, overlap).flatMap((down) =>
    across.map(({ start, length }) =>
      pool(tf.slice(map, [0, down.start, start, 0], [batch, down.length, length, channels])),
    ),
  );
  return tf.stack(pooled, 1) as tf.Tensor3D;
}

/** A map, or an error that names the regularizer. */
export function asMap(regularizer: string, feature: string, value: tf.Tensor): tf.Tensor4D {
  if (value.rank !== 4) {
    throw new Error(`${regularizer}: "${feature}" is a map [B, h, w, C]; got [${value.shape}].`);
  }
  return value as tf.Tensor4D;
}

/** Throws where a grid or an overlap is not of whole numbers. */
export function checkGrid(regularizer: string, grid: Grid, overlap: number): void {
  if (grid.length !== 2 || grid.some((count) => !Number.isSafeInteger(count) || count < 1)) {
    throw new RangeError(`${regularizer}: a grid has whole numbers of rows and columns; got [${grid}].`);
  }
  if (!Number.isSafeInteger(overlap) || overlap < 0) {
    throw new RangeError(`${regularizer}: an overlap is a whole number of positions; got ${overlap}.`);
  }
}
