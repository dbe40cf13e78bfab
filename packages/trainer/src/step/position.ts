/** Where a step lies. */
export interface Position {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps done of the current epoch. */
  readonly within: number;
}

/** Where the step after `step` steps lies. */
export function positionAt(step: number, stepsPerEpoch: number): Position {
  return { epoch: Math.floor(step / stepsPerEpoch), within: step % stepsPerEpoch };
}

/** Steps of an epoch over `images` images. @param dropLast leaves a last, smaller batch out. Default false. */
export function stepsPerEpoch(images: number, batchSize: number, dropLast = false): number {
  return dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
}

/** Image indices of batch `within` of an epoch's order. */
export function batchOf(order: Int32Array, within: number, batchSize: number): Int32Array {
  return order.slice(within * batchSize, (within + 1) * batchSize);
}
