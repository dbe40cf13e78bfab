import { breathe } from '@syn2real/cli';
import {
  accuracy,
  type ConfusionMatrix,
  type DenseReading,
  type ImageRef,
  meanIou,
  type Params,
  perClassIou,
} from '@syn2real/core';
import { createImageReader, type DecodePool, listOrder } from '@syn2real/datasets';
import type { Segmenter } from '../model/load.js';
import type { DenseScores } from '../training/records.js';
import { type Cutting, predictMap } from './predict-map.js';

/** What images are scored with, and how. */
export interface ScoreImagesOptions {
  readonly model: Segmenter;
  readonly params: Params;
  readonly cutting: Cutting;
  readonly pool: DecodePool;
  readonly skipUnreadable: boolean;
  readonly onSkip: (skipped: { path: string; reason: string }) => void;
  /** Called after each image. */
  readonly onImage?: (done: number) => void;
}

/** Predicts images one at a time and counts each against the truth as it comes: memory does not grow with their number. */
export async function scoreImages(
  images: readonly ImageRef[],
  reading: DenseReading,
  { model, params, cutting, pool, skipUnreadable, onSkip, onImage }: ScoreImagesOptions,
): Promise<DenseScores> {
  const reader = createImageReader({ images, workers: pool, skipUnreadable });
  let counted = 0;
  try {
    for await (const image of reader.read(listOrder(images.length))) {
      await reading.add(image.index, await predictMap(model, params, image, cutting), image.size);
      counted += 1;
      await breathe();
      onImage?.(image.end);
    }
  } finally {
    for (const { index, reason } of reader.stats().skipped) onSkip({ path: images[index]!.path, reason });
    await reader.close();
  }
  return denseScores(reading.finish(), counted);
}

/** A confusion matrix in numbers. */
export function denseScores(matrix: ConfusionMatrix, images: number): DenseScores {
  const { classes, counts } = matrix;
  return {
    meanIou: meanIou(matrix),
    perClassIou: perClassIou(matrix).map((iou) => (Number.isNaN(iou) ? null : iou)),
    pixelAccuracy: accuracy(matrix),
    confusion: Array.from({ length: classes }, (_, c) => [...counts.slice(c * classes, (c + 1) * classes)]),
    images,
  };
}
