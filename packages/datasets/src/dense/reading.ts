import { readFile } from 'node:fs/promises';
import {
  addToConfusion,
  type ClassMap,
  type ConfusionMatrix,
  type DenseReading,
  emptyConfusion,
  type ImageRef,
  type ImageSize,
  UserError,
} from '@syn2real/core';
import { decodeLabel } from '../decode/decode-label.js';
import { IGNORED } from '../labels/label-table.js';
import { toClasses } from '../labels/to-classes.js';
import { sizeProblem } from './fit-pair.js';
import type { PairingOptions } from './pairing.js';
import { resizeNearest } from './resize-cv.js';

/** How a reading goes. */
export interface ReadingOptions extends PairingOptions {
  /** Predictions of 255 are none and left out of the counts. Default false: they are refused. */
  partial?: boolean;
  /** Told of each image that is not of its label image's size, but near the nominal one as that is. Default: nobody. */
  onResize?: (image: ImageRef) => void;
  /** Told how many images were counted, before the result is given. */
  onFinish?: (images: number) => void;
}

/** Label images and what their values mean. */
export interface DenseTruth {
  readonly classes: readonly string[];
  readonly labels: readonly ImageRef[];
  /** For the names of images in messages. */
  readonly images?: readonly ImageRef[];
  readonly trainIds: Uint8Array;
  /** The size that images and labels may both be near to where they differ; see {@link openReading}. Default: none. */
  readonly nominalSize?: ImageSize;
}

/**
 * Counts predictions against label images, one at a time in memory. Held-out images of a source are scored by it;
 * a target's by its oracle alone.
 *
 * Where an image and its label image differ in size, both near the truth's nominal size (a few of GTA5), the prediction
 * is brought to the label's size by nearest neighbour, as OpenCV does.
 *
 * @param options skipUnreadable: images whose label cannot be read, or, where the truth has a nominal size, is of another
 * size than the image, are left out of the counts. Default false
 * @throws from `add`: UserError where a label image cannot be read, sizes differ, a prediction is no class, or an image
 * comes twice; from `finish`: UserError where no pixel has a truth that counts (unless `partial`)
 * @example
 * ```ts
 * const reading = openReading(heldOut); // a DenseSourceDomain
 * await reading.add(0, prediction, [1052, 1914]);
 * console.log(meanIou(reading.finish()));
 * ```
 */
export function openReading(
  truth: DenseTruth,
  { onFinish, onResize, skipUnreadable = false, onSkip, partial = false }: ReadingOptions = {},
): DenseReading {
  let matrix = emptyConfusion(truth.classes.length);
  const seen = new Set<number>();
  let counted = 0;
  let finished = false;
  return {
    add: async (image, prediction, size) => {
      if (finished) throw new Error('The reading is finished.');
      if (seen.has(image)) throw new Error(`Image ${image} was counted already.`);
      seen.add(image);
      const map = await readTruth(truth, image);
      if ('reason' in map) {
        if (!skipUnreadable) throw unreadable(truth.labels[image]!, map);
        onSkip?.({ path: truth.labels[image]!.path, reason: map.reason });
        return;
      }
      const problem = sizeProblem(sized(size), sized(map.size), truth.nominalSize);
      const whole = prediction.length === size[0] * size[1];
      if (problem === 'differ' && whole && truth.nominalSize !== undefined && skipUnreadable) {
        const [here, there] = [size, map.size].map(([height, width]) => `${width}×${height}`);
        onSkip?.({ path: truth.labels[image]!.path, reason: `it is ${there} pixels, its image ${here}` });
        return;
      }
      if (problem === 'near' && whole) onResize?.(truth.images?.[image] ?? truth.labels[image]!);
      else checkSize(truth.labels[image]!, map.size, prediction, size);
      const fitted = problem === 'near' ? resized(prediction, size, map.size) : prediction;
      matrix = count(matrix, partial ? wherePredicted(map, fitted) : map, fitted, truth, image);
      counted += 1;
    },
    finish: () => {
      if (finished) throw new Error('The reading is finished.');
      finished = true;
      onFinish?.(counted);
      if (!partial && counted > 0 && matrix.counts.every((pixels) => pixels === 0))
        throw noTruth(truth, counted);
      return matrix;
    },
  };
}

/**
 * One label image as class indices.
 *
 * @throws RangeError where there is no such image; UserError where its file cannot be read or holds other values
 */
export async function readClassMap(truth: DenseTruth, image: number): Promise<ClassMap> {
  const map = await readTruth(truth, image);
  if ('reason' in map) throw unreadable(truth.labels[image]!, map);
  return map;
}

/** Why a label image cannot be read. */
interface Unreadable {
  readonly reason: string;
  readonly cause: unknown;
}

async function readTruth({ labels, trainIds }: DenseTruth, image: number): Promise<ClassMap | Unreadable> {
  const ref = labels[image];
  if (ref === undefined) throw new RangeError(`There is no image ${image} among ${labels.length}.`);
  try {
    const { values, width, height } = decodeLabel(await readFile(ref.file));
    return { classes: toClasses(values, trainIds), size: [height, width] };
  } catch (cause) {
    return { reason: cause instanceof Error ? cause.message : String(cause), cause };
  }
}

function unreadable({ path, file }: ImageRef, { reason, cause }: Unreadable): UserError {
  return new UserError({
    what: `a label image cannot be read: ${path}`,
    got: `${file}: ${reason}`,
    expected: 'a whole PNG of 8-bit palette indices or grey values, each in the label table',
    fix: 'fetch or extract that file again, or leave such images out: skipUnreadable: true (--skip-unreadable)',
    cause,
  });
}

const sized = ([height, width]: ImageSize) => ({ height, width });

function resized(values: Uint8Array, from: ImageSize, to: ImageSize): Uint8Array {
  return resizeNearest({ values, ...sized(from) }, sized(to), { top: 0, left: 0, ...sized(to) });
}

function checkSize(
  { path }: ImageRef,
  [height, width]: ImageSize,
  prediction: Uint8Array,
  size: ImageSize,
): void {
  if (size[0] === height && size[1] === width && prediction.length === height * width) return;
  throw new UserError({
    what: `a prediction does not fit its label image ${path}`,
    got: `${size[0]}×${size[1]} (height × width), ${prediction.length} pixels`,
    expected: `${height}×${width}, ${height * width} pixels`,
    fix: "resize the scores to the label's size before taking the largest; where image and label differ on the disk, fetch them again or leave such images out: skipUnreadable: true (--skip-unreadable)",
  });
}

function count(
  matrix: ConfusionMatrix,
  { classes }: ClassMap,
  prediction: Uint8Array,
  truth: DenseTruth,
  image: number,
): ConfusionMatrix {
  try {
    return addToConfusion(matrix, classes, prediction);
  } catch (cause) {
    throw new UserError({
      what: `a prediction for ${truth.labels[image]!.path} is no class`,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: `0…${matrix.classes - 1} wherever the truth counts`,
      fix: 'predict the index of the largest score',
      cause,
    });
  }
}

/** The truth where something is predicted. */
function wherePredicted({ classes, size }: ClassMap, prediction: Uint8Array): ClassMap {
  return { classes: classes.map((truth, pixel) => (prediction[pixel] === IGNORED ? IGNORED : truth)), size };
}

function noTruth({ labels }: DenseTruth, images: number): UserError {
  return new UserError({
    what: 'no pixel has a truth to score against',
    got: `${images} label images that hold only labels which count for nothing, as ${labels[0]!.path}`,
    expected: 'label images with trained classes',
    fix: 'score a split whose labels are published (Cityscapes: val)',
  });
}
