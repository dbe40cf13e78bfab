/** A share that grows by rounds up to a cap. */
export interface GrowingShare {
  readonly start: number;
  /** Added each round. */
  readonly step: number;
  readonly cap: number;
}

/** q of the pseudo-labels: 20 %, +5 % a round, at most 50 % (the released segmentation defaults). */
export const TARGET_PORTION: GrowingShare = { start: 0.2, step: 0.05, cap: 0.5 };
/** Share of the source images in a round, classification: 6.5 %, +0.85 %, at most 16.5 % (9,905 images of VisDA-17 first). */
export const SOURCE_SHARE: GrowingShare = { start: 0.065, step: 0.0085, cap: 0.165 };
/** Share of the source images in a round, segmentation: 3 %, +0.25 %, at most 6 %. */
export const SOURCE_SHARE_SEGMENTATION: GrowingShare = { start: 0.03, step: 0.0025, cap: 0.06 };

/** The share of round `round`, counted from 0. */
export function shareOfRound({ start, step, cap }: GrowingShare, round: number): number {
  return Math.min(start + step * round, cap);
}
