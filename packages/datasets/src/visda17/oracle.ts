import { addToConfusion, emptyConfusion, type Oracle, type OracleReading, UserError } from '@syn2real/core';
import { readClasses } from './classes.js';
import { domainName, readEntries, splitPlace } from './split-list.js';

/** In place of a prediction: the image could not be read. It is left out of the counts. */
const NOT_PREDICTED = -1;

/** How an oracle is opened. */
export interface OracleOptions {
  /** Told of every reading before its result is given; a run keeps them in its ledger. */
  onReading: (reading: OracleReading) => void;
}

/**
 * The only way to the labels of a target split: scores predictions, and reports each time that it does.
 *
 * @throws UserError where the list is missing or broken, or a line of it has no label; from `score`, where there are
 * not as many predictions as images or one is no class
 * @example
 * ```ts
 * const oracle = await openOracle('/data/visda17', 'validation', { onReading: (reading) => ledger.push(reading) });
 * const accuracy = meanClassAccuracy(oracle.score(predictions, 'final epoch'));
 * ```
 */
export async function openOracle(
  root: string,
  split: 'validation' | 'test',
  { onReading }: OracleOptions,
): Promise<Oracle> {
  const { list } = splitPlace(root, split);
  if (!(await hasTruth(root, split))) {
    throw new UserError({
      what: `the ${split} split has no truth to score against`,
      got: `${list} does not exist or its first line has no label`,
      expected: `"relative/path label" lines`,
      fix: `put the organisers' labelled image_list.txt there, or score another split`,
    });
  }
  const classes = (await readClasses(root)).length;
  const labels: number[] = [];
  for await (const { label } of readEntries(list, classes, 'required')) labels.push(label!);
  const truth = Int32Array.from(labels);
  const target = domainName(root, split);

  return {
    target,
    score: (predictions, purpose) => {
      if (predictions.length !== truth.length) {
        throw new UserError({
          what: `the predictions do not fit the ${split} split`,
          got: `${predictions.length} predictions`,
          expected: `${truth.length}, one for each line of ${list}`,
          fix: 'predict every image of the target, in its order',
        });
      }
      const wrong = predictions.findIndex(
        (prediction) => prediction < NOT_PREDICTED || prediction >= classes,
      );
      if (wrong >= 0) {
        throw new UserError({
          what: `prediction ${wrong} is no class`,
          got: `${predictions[wrong]}`,
          expected: `0…${classes - 1}, or ${NOT_PREDICTED} for an image that could not be read`,
          fix: 'pass the index of the largest score for each image',
        });
      }
      const read = Int32Array.from(predictions.keys()).filter((at) => predictions[at] !== NOT_PREDICTED);
      onReading({ target, purpose, images: read.length });
      const at = (values: Int32Array): Int32Array => read.map((place) => values[place]!);
      return addToConfusion(emptyConfusion(classes), at(truth), at(predictions), {
        ignoreIndex: NOT_PREDICTED,
      });
    },
    show: (images, purpose) => {
      const outside = images.findIndex((place) => place < 0 || place >= truth.length);
      if (outside >= 0) {
        throw new UserError({
          what: `there is no image ${images[outside]} in the ${split} split`,
          got: `${truth.length} images`,
          fix: 'name places in its list',
        });
      }
      onReading({ target, purpose, images: images.length });
      return images.map((place) => truth[place]!);
    },
  };
}

/** Whether a split's list exists and gives its first image a label. Says nothing about which. */
export async function hasTruth(root: string, split: 'validation' | 'test'): Promise<boolean> {
  try {
    for await (const { label } of readEntries(splitPlace(root, split).list, 2 ** 31, 'optional')) {
      return label !== null;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return false;
}
