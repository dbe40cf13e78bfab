import type { RoundsState } from '@syn2real/self-training';
import type { LoopRecord } from '@syn2real/trainer';

/** What is measured at the end of a round; accuracies are fractions. */
export interface Measured {
  readonly source: { readonly meanClassAccuracy: number; readonly images: number; readonly heldOut: boolean };
  /** The old classifier's answers; only at the end, and where there are images of the old task. */
  readonly retention?: { readonly accuracy: number; readonly images: number };
  /** Read through the oracle, for the curve; nothing is chosen by it. */
  readonly target?: {
    readonly meanClassAccuracy: number;
    readonly perClass: readonly number[];
    readonly confusion: readonly (readonly number[])[];
  };
  /** Read through the oracle: the share of the round's pseudo-labels that are right; null: there were none. */
  readonly oracle?: { readonly pseudoLabelAccuracy: number | null };
}

/** What is known at the end of a round's last epoch; epoch 0 is the start. */
export type RoundRecord = LoopRecord & Measured;

/** A run's plain state beside the loop's own. */
export interface Own {
  readonly rounds: RoundsState;
}
