/** A kind of thing that a label image can name. */
export interface LabelClass {
  /** Value of its pixels in a label image, 0…253; −1: none holds it. */
  readonly id: number;
  /** Class index in training and predictions, or {@link IGNORED}. */
  readonly trainId: number;
  readonly name: string;
  /** RGB, for figures. */
  readonly color: readonly [number, number, number];
}

/** The labels of a data set. Trained classes are 0…K−1, each by at least one label. */
export type LabelTable = readonly LabelClass[];

/** Class index of pixels that count for nothing, neither in training nor in scores. */
export const IGNORED = 255;

/** In place of a class index: no label image holds such a value. */
export const UNKNOWN = 254;

/**
 * Names of the trained classes, in the order of their indices. Where labels share a class, the first one's.
 *
 * @example
 * ```ts
 * classNames(CITYSCAPES_LABELS)[18]; // "bicycle"
 * ```
 */
export function classNames(table: LabelTable): string[] {
  return trained(table).map(({ name }) => name);
}

/**
 * Class index of each value that a label image can hold.
 *
 * @returns `[256]`: 0…K−1, {@link IGNORED}, or {@link UNKNOWN} for values outside the table
 */
export function trainIdsOf(table: LabelTable): Uint8Array {
  const trainIds = new Uint8Array(256).fill(UNKNOWN);
  for (const { id, trainId } of table) if (id >= 0) trainIds[id] = trainId;
  return trainIds;
}

/**
 * As {@link trainIdsOf} for images that hold class indices already (Cityscapes' `labelTrainIds`).
 *
 * @returns `[256]`: 0…K−1 as they are, 255 as {@link IGNORED}, the others {@link UNKNOWN}
 */
export function identityTrainIds(table: LabelTable): Uint8Array {
  const trainIds = new Uint8Array(256).fill(UNKNOWN);
  for (let c = 0; c < trained(table).length; c++) trainIds[c] = c;
  trainIds[IGNORED] = IGNORED;
  return trainIds;
}

/**
 * Label id of each class index: what a benchmark's server takes.
 *
 * @returns `[256]`; 0 where there is no such class
 * @example
 * ```ts
 * const ids = labelIdsOf(CITYSCAPES_LABELS);
 * const labelIds = prediction.map((c) => ids[c]!); // a Uint8Array of class indices
 * ```
 */
export function labelIdsOf(table: LabelTable): Uint8Array {
  const ids = new Uint8Array(256);
  for (const [trainId, { id }] of trained(table).entries()) ids[trainId] = Math.max(0, id);
  return ids;
}

/**
 * Colour of each class index.
 *
 * @returns `[256 · 3]`, RGB; black where there is no such class
 */
export function colorsOf(table: LabelTable): Uint8Array {
  const colors = new Uint8Array(256 * 3);
  for (const [trainId, { color }] of trained(table).entries()) colors.set(color, trainId * 3);
  return colors;
}

/** The first label of each class, by class index. */
function trained(table: LabelTable): LabelClass[] {
  const first: LabelClass[] = [];
  for (const label of table) if (label.trainId !== IGNORED) first[label.trainId] ??= label;
  return first;
}
