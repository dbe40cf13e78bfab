import { type DenseScores, scoreImages } from '@syn2real/app-gta5-cityscapes';
import { accuracy, type DenseOracle, type DenseReading, type ImageRef, type Params } from '@syn2real/core';
import { hasCityscapesTruth, openCityscapesOracle, openReading } from '@syn2real/datasets';
import type { OpenRun } from '@syn2real/trainer';
import type { RunSettings } from '../config/train-options.js';
import type { DenseRecipe } from './options.js';
import { readLabels, readRoundIndex } from './round-files.js';
import type { DenseSession } from './session.js';

/** What is measured at the end of a round. */
export interface DenseMeasured {
  /** On held-out images. */
  readonly source?: DenseScores;
  /** Read through the oracle, for the curve; nothing is chosen by it. */
  readonly target?: DenseScores;
  /** Read through the oracle: the share of the round's pseudo-labels that are right; null: there were none. */
  readonly oracle?: { readonly pseudoLabelAccuracy: number | null };
}

/** Measures parameters after a round; 0: the start. */
export type DenseMeasure = (
  params: Params,
  round: number,
  isLast: boolean,
  onProgress: (note: string) => void,
) => Promise<DenseMeasured>;

/**
 * Measures parameters on held-out source images and, through the oracle, on the target, and apart how many of the round's
 * pseudo-labels are right.
 *
 * @param dir the run's folder, where they are
 */
export async function measuring(
  dir: string,
  recipe: DenseRecipe,
  { measureTarget }: Pick<RunSettings, 'measureTarget'>,
  session: DenseSession,
  { ledger }: OpenRun,
): Promise<DenseMeasure> {
  const { model, heldOut, measured, pool, onSkip } = session;
  const { skipUnreadable, measureSplit, adaptSplit } = recipe;
  const oracleOf = async (split: DenseRecipe['adaptSplit']): Promise<DenseOracle | undefined> =>
    measureTarget === 'never' || !(await hasCityscapesTruth(recipe.target, split))
      ? undefined
      : openCityscapesOracle(recipe.target, { split, onReading: ledger.onReading, skipUnreadable, onSkip });
  const oracle = await oracleOf(measureSplit);
  const labelOracle = adaptSplit === measureSplit ? oracle : await oracleOf(adaptSplit);
  return async (params, round, isLast, onProgress) => {
    const score = (what: string, images: readonly ImageRef[], reading: DenseReading): Promise<DenseScores> =>
      scoreImages(images, reading, {
        model,
        params,
        cutting: recipe,
        pool,
        skipUnreadable,
        onSkip,
        onImage: (done) => onProgress(`${what} ${done}/${images.length}`),
      });
    const reads = measureTarget === 'every' || isLast;
    const after = round === 0 ? 'the start' : `round ${round}`;
    const source =
      heldOut && (await score('source', heldOut.images, openReading(heldOut, { skipUnreadable, onSkip })));
    const target =
      reads && oracle !== undefined
        ? await score('target', measured.images, oracle.open(`mIoU after ${after}`))
        : undefined;
    const right =
      reads && round > 0 && labelOracle !== undefined
        ? await rightLabels(
            dir,
            round - 1,
            session,
            labelOracle.open(`pseudo-labels of ${after}`, { partial: true }),
          )
        : undefined;
    return {
      ...(source === undefined ? {} : { source }),
      ...(target === undefined ? {} : { target }),
      ...(right === undefined ? {} : { oracle: { pseudoLabelAccuracy: right } }),
    };
  };
}

/** The share of a round's labelled pixels whose class is the true one, of those with a truth; null: there are none. */
async function rightLabels(
  dir: string,
  round: number,
  { source }: DenseSession,
  reading: DenseReading,
): Promise<number | null> {
  const { images } = await readRoundIndex(dir, round);
  for (const { image, size } of images) {
    await reading.add(image, await readLabels(dir, round, image, source.trainIds), size);
  }
  const right = accuracy(reading.finish());
  return Number.isFinite(right) ? right : null;
}
