/** What a pixel's label id means. */
export interface SegmentationLabel {
  /** The value in a label image. */
  readonly id: number;
  readonly name: string;
  /** The class that is trained and scored, 0…10; 255: such pixels count for nothing. */
  readonly trainId: number;
  /** In pictures of labels, and in the palettes of the source's label images: red, green, blue in 0…255. */
  readonly color: readonly [number, number, number];
}

/** The id between a digit's silhouette and the background, where ink and ground mix. */
export const RIM = 1;
/** The id where silhouettes overlap: it belongs to either digit. */
export const OVERLAP = 2;
/** The id of the background. */
export const BACKGROUND = 7;
const FIRST_DIGIT = 11;

/** The id of a digit 0…9. */
export const digitId = (digit: number): number => FIRST_DIGIT + digit;

const DIGITS: readonly (readonly [name: string, color: readonly [number, number, number]])[] = [
  ['zero', [230, 25, 75]],
  ['one', [60, 180, 75]],
  ['two', [255, 225, 25]],
  ['three', [67, 99, 216]],
  ['four', [245, 130, 49]],
  ['five', [145, 30, 180]],
  ['six', [66, 212, 244]],
  ['seven', [240, 50, 230]],
  ['eight', [191, 239, 69]],
  ['nine', [250, 190, 212]],
];

/**
 * The label table of the segmentation benchmark: eleven classes, background and the ten digits.
 *
 * As in Cityscapes, ids are not train ids, and some ids count for nothing: `unlabeled` (0), `rim` (1), a digit's
 * outline of one pixel, and `overlap` (2), where silhouettes lie on one another.
 *
 * @example
 * ```ts
 * import { SEGMENTATION_LABELS } from '@syn2real/minibench';
 * SEGMENTATION_LABELS.find(({ name }) => name === 'seven')?.trainId; // 8
 * ```
 */
export const SEGMENTATION_LABELS: readonly SegmentationLabel[] = [
  { id: 0, name: 'unlabeled', trainId: 255, color: [0, 0, 0] },
  { id: RIM, name: 'rim', trainId: 255, color: [111, 74, 0] },
  { id: OVERLAP, name: 'overlap', trainId: 255, color: [81, 0, 81] },
  { id: BACKGROUND, name: 'background', trainId: 0, color: [70, 70, 70] },
  ...DIGITS.map(([name, color], digit) => ({ id: digitId(digit), name, trainId: digit + 1, color })),
];
