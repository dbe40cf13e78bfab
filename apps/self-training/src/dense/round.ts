import type { DenseSourceDomain, ImageRef, Params, Rng } from '@syn2real/core';
import {
  createDenseLoader,
  createImageReader,
  type DenseDraw,
  type DenseLoader,
  type DenseTransform,
  drawDense,
  listOrder,
  normaliseTable,
  type WholeImage,
} from '@syn2real/datasets';
import {
  addToTally,
  type ConfidenceHistogram,
  emptyTally,
  histogramConfidences,
  labelMap,
  minedClasses,
  type Probabilities,
  type Rounds,
  type RoundsState,
  rounds,
  shareOfRound,
  softLabelMap,
  sourceSubset,
} from '@syn2real/self-training';
import { breathe } from '@syn2real/trainer';
import { roundsOf } from '../config/methods.js';
import { minedDraw } from './mined-draw.js';
import type { DenseRecipe } from './options.js';
import { pixelProbabilities } from './pixel-probabilities.js';
import {
  labelFile,
  openRound,
  type RoundIndex,
  readLabels,
  readRoundIndex,
  roundFolder,
  valuesOf,
} from './round-files.js';
import type { DenseSession } from './session.js';

/** A round under way: squares of its source and target images. */
export interface DenseRound {
  readonly round: number;
  readonly loader: DenseLoader;
  /** Images in its list; those from `firstTarget` on are the target's. */
  readonly images: number;
  readonly firstTarget: number;
  /** What is known of the target's images, in the list's order. */
  readonly labelled: RoundIndex['images'];
  /** What chance decides for an image of the list, from the stream of its place in the order. */
  readonly draw: (index: number, rng: Rng) => DenseDraw;
}

/** The driver of a session's rounds. */
export function denseDriver(recipe: DenseRecipe, { source, method }: DenseSession): Rounds {
  const options = roundsOf(recipe, source.classes.length);
  return rounds(method.kind === 'mean-teacher' ? { ...options, fixed: method.threshold } : options);
}

/**
 * Chooses the labels of the next round in two passes over the target's images, one image in memory at a time, and writes
 * them into the run's folder.
 */
export async function beginDenseRound(
  dir: string,
  recipe: DenseRecipe,
  session: DenseSession,
  { state: last, params }: { readonly state: RoundsState; readonly params: Params },
  onProgress: (note: string) => void,
): Promise<{ state: RoundsState; round: DenseRound }> {
  const { source, method } = session;
  const classes = source.classes.length;
  const round = last.done;
  const driver = denseDriver(recipe, session);
  const collector = histogramConfidences({ classes });
  let seen = collector.init();
  await eachImage(recipe, session, params, 'thresholds', onProgress, async (_, probabilities) => {
    seen = collector.add(seen, probabilities);
  });
  const begun = driver.begin(last, collector, seen);
  const mined = minedClasses(sharesOf(seen, classes), { below: recipe.mineBelow });
  const writer = await openRound(dir, round, valuesOf(source.trainIds, classes));
  const images: RoundIndex['images'] = [];
  let tally = emptyTally(classes);
  await eachImage(recipe, session, params, 'labels', onProgress, async ({ index, size }, probabilities) => {
    const alpha = method.kind === 'crst' ? method.alpha : 0;
    const choice = { lambda: begun.plan!.lambda, alpha, inclusive: recipe.rule !== 'udacu' };
    const map = labelMap(probabilities, choice);
    const soft = alpha > 0 ? softLabelMap(probabilities, choice) : undefined;
    const previous = round === 0 ? undefined : await readLabels(dir, round - 1, index, source.trainIds);
    tally = addToTally(tally, {
      probabilities,
      labels: map.labels,
      ...(previous === undefined ? {} : { previous }),
    });
    await writer.write(index, size, map, soft);
    images.push({
      image: index,
      size: [...size],
      pixels: pixelsOf(map.labels, mined),
      ...(soft === undefined ? {} : { soft: [...soft.classes] }),
    });
  });
  await writer.finish({ mined, images });
  return {
    state: driver.report(begun, tally),
    round: roundOf(dir, recipe, session, round, { mined, images }),
  };
}

/** Reads back what a round trains on. */
export async function resumeDenseRound(
  dir: string,
  recipe: DenseRecipe,
  session: DenseSession,
  round: number,
): Promise<DenseRound> {
  return roundOf(dir, recipe, session, round, await readRoundIndex(dir, round));
}

async function eachImage(
  recipe: DenseRecipe,
  { model, target, pool, onSkip }: DenseSession,
  params: Params,
  what: string,
  onProgress: (note: string) => void,
  use: (image: WholeImage, probabilities: Probabilities) => Promise<void>,
): Promise<void> {
  const { images } = target;
  const reader = createImageReader({ images, workers: pool, skipUnreadable: recipe.skipUnreadable });
  try {
    for await (const image of reader.read(listOrder(images.length))) {
      await use(image, await pixelProbabilities(model, params, image, recipe));
      await breathe();
      onProgress(`${what} ${image.end}/${images.length}`);
    }
  } finally {
    for (const { index, reason } of reader.stats().skipped) onSkip({ path: images[index]!.path, reason });
    await reader.close();
  }
}

/** The share of the pixels that each class is predicted for. */
function sharesOf({ counts }: ConfidenceHistogram, classes: number): number[] {
  const bins = counts.length / classes;
  const sums = Array.from({ length: classes }, (_, k) =>
    counts.subarray(k * bins, (k + 1) * bins).reduce((a, b) => a + b, 0),
  );
  const all = sums.reduce((a, b) => a + b, 0);
  return sums.map((sum) => (all === 0 ? 0 : sum / all));
}

/** At most so many pixels of a class are kept of an image to centre crops on. */
const KEPT_PIXELS = 256;

/** Pixels of the mined classes in a label map, evenly spread where there are many. */
function pixelsOf(labels: Uint8Array, mined: readonly number[]): Record<string, number[]> {
  const found = new Map(mined.map((k) => [k, [] as number[]]));
  labels.forEach((k, pixel) => {
    found.get(k)?.push(pixel);
  });
  return Object.fromEntries(
    [...found].flatMap(([k, pixels]): [string, number[]][] => {
      if (pixels.length === 0) return [];
      const step = Math.max(1, pixels.length / KEPT_PIXELS);
      const kept = Math.min(pixels.length, KEPT_PIXELS);
      return [[String(k), Array.from({ length: kept }, (_, i) => pixels[Math.floor(i * step)]!)]];
    }),
  );
}

function roundOf(
  dir: string,
  recipe: DenseRecipe,
  { rng, source, target, model, pool }: DenseSession,
  round: number,
  { images: labelled }: RoundIndex,
): DenseRound {
  const { sourceShare } = roundsOf(recipe, source.classes.length);
  const share = shareOfRound(sourceShare!, round);
  const subset = sourceSubset(source.images.length, share, rng.split('source-subset'), round);
  const label = ({ image }: RoundIndex['images'][number]): ImageRef => ({
    path: `${roundFolder('.', round)}: ${target.images[image]!.path}`,
    file: labelFile(dir, round, image),
  });
  const mixed: DenseSourceDomain = {
    ...source,
    images: [
      ...Array.from(subset, (i) => source.images[i]!),
      ...labelled.map(({ image }) => target.images[image]!),
    ],
    labels: [...Array.from(subset, (i) => source.labels[i]!), ...labelled.map(label)],
  };
  const { crop, mirror, scaleMin, scaleMax, mining, skipUnreadable } = recipe;
  const transform: DenseTransform = { crop, mirror, scale: [scaleMin, scaleMax], cropOrigins: 'full' };
  const { mean, std } = model.fcn.backbone.input;
  const draw = (index: number, stream: Rng): DenseDraw => {
    const drawn = drawDense(transform, stream);
    const of = labelled[index - subset.length];
    return of === undefined ? drawn : minedDraw(drawn, of, { crop, probability: mining }, stream);
  };
  const table = normaliseTable(mean, std);
  return {
    round,
    loader: createDenseLoader({ source: mixed, transform, draw, table, workers: pool, skipUnreadable }),
    images: mixed.images.length,
    firstTarget: subset.length,
    labelled,
    draw,
  };
}
