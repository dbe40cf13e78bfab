/** What is known at the end of an epoch, beside what was measured; epoch 0 is before training. */
export interface LoopRecord {
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  /** Means over the steps since the last record. */
  readonly taskLoss?: number;
  readonly regularizerLoss?: number;
}

/** All of a loop's own state beside its tensors: what a checkpoint keeps as JSON. */
export interface LoopProgress<Measured extends object, Own> {
  /** Epochs done. */
  readonly epoch: number;
  /** Place in the epoch's order where the next batch begins. */
  readonly offset: number;
  /** Whether the epoch's `beforeEpoch` is done. */
  readonly begun: boolean;
  /** Sums over the steps since the last record. */
  readonly sums: { readonly steps: number; readonly task: number; readonly regularizer: number };
  readonly records: readonly (LoopRecord & Measured)[];
  /** The program's own plain state, such as a controller's. */
  readonly own: Own;
  /** Seconds that the run has taken so far, over all its processes. */
  readonly seconds: number;
  /** Unreadable images that were left out, by path, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
}

/** No steps. */
export const NO_SUMS = { steps: 0, task: 0, regularizer: 0 } as const;

/** The progress of a run that has not begun. */
export function noProgress<Measured extends object, Own>(own: Own): LoopProgress<Measured, Own> {
  return { epoch: 0, offset: 0, begun: false, sums: NO_SUMS, records: [], own, seconds: 0, skipped: {} };
}
