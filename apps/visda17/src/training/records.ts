import type { ControlState } from '@syn2real/l2o';
import type { EpochScore } from '@syn2real/trainer';

/** What is known at the end of an epoch; epoch 0 is before training. Accuracies are fractions. */
export interface EpochRecord {
  epoch: number;
  step: number;
  /** Means over the epoch's steps. */
  taskLoss?: number;
  regularizerLoss?: number;
  source?: { meanClassAccuracy: number; images: number; heldOut: boolean };
  /**
   * The old classifier's answers on the retention images, or, where none are given, on the measured source images,
   * which have no accuracy: share of answers equal to the frozen network's, and KL(frozen‖now) in nats.
   */
  retention?: {
    accuracy?: number;
    agreement: number;
    kl: number;
    images: number;
    on: 'retention' | 'source';
  };
  /** ‖θ_g − θ*_g‖₂ by group of the backbone: how far it is from the pretrained network. */
  distance?: Readonly<Record<string, number>>;
  /** Read through the oracle, for the curve; selection does not see it. */
  target?: { meanClassAccuracy: number; perClass: number[] };
}

/** All of a run's own state beside its tensors: what a checkpoint keeps as JSON. */
export interface Progress {
  /** Epochs done. */
  epoch: number;
  /** Place in the epoch's order where the next batch begins. */
  offset: number;
  /** Sums over the current epoch's steps. */
  sums: { steps: number; task: number; regularizer: number };
  records: EpochRecord[];
  /** Where a controller and its window stand. */
  control?: ControlState<unknown>;
  /** Seconds spent in earlier sessions of the run. */
  seconds: number;
  /** Unreadable images that were left out, by path. */
  skipped: Record<string, string>;
}

/** The progress of a run that has not begun. */
export function noProgress(): Progress {
  return {
    epoch: 0,
    offset: 0,
    sums: { steps: 0, task: 0, regularizer: 0 },
    records: [],
    seconds: 0,
    skipped: {},
  };
}

/** What the selection rule may see of the trained epochs. */
export function selectable(records: readonly EpochRecord[]): EpochScore[] {
  return records
    .filter(({ epoch }) => epoch > 0)
    .map(({ epoch, source }) => ({
      epoch,
      ...(source?.heldOut === true ? { sourceHeldOut: source.meanClassAccuracy } : {}),
    }));
}
