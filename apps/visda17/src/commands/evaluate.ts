import { accuracy, meanClassAccuracy, perClassRecall } from '@syn2real/core';
import { listOrder, openOracle } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { option } from '../config/option.js';
import { addOptions, parseOptions } from '../config/parse.js';
import { recipeOptions } from '../config/train-options.js';
import { headOf } from '../model/load.js';
import { predictClasses } from '../model/predict-classes.js';
import { openNetwork, say } from './network.js';
import { networkOptions } from './options.js';

const options = {
  ...networkOptions,
  tta: recipeOptions.tta,
  json: option('--json', 'print JSON instead of a table', z.boolean().default(false)),
} as const;

/** `visda17 evaluate` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate').description(
    "measure a trained network on a target split, with its labels (the oracle's number)",
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    const { model, target, loader, close } = await openNetwork(parsed, say);
    try {
      headOf(model, parsed.weights);
      const oracle = await openOracle(parsed.data, parsed.split, { onReading: () => {} });
      const bar = createProgress(process.stderr, {
        total: target.images.length,
        label: parsed.split,
        unit: 'images',
      });
      let done = 0;
      const predictions = await predictClasses(model, loader, listOrder(target.images.length), {
        batchSize: parsed.batchSize,
        tta: parsed.tta,
        onBatch: (images) => {
          done += images;
          bar.update(done);
        },
      });
      bar.stop();
      const matrix = oracle.score(predictions, 'evaluate');
      const recall = perClassRecall(matrix);
      const result = {
        split: parsed.split,
        images: target.images.length,
        meanClassAccuracy: meanClassAccuracy(matrix),
        accuracy: accuracy(matrix),
        perClass: Object.fromEntries(target.classes.map((name, c) => [name, recall[c]!])),
        unreadable: loader.stats().skipped.length,
      };
      process.stdout.write(parsed.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));
    } finally {
      await close();
    }
  });
}

function table(result: {
  meanClassAccuracy: number;
  accuracy: number;
  perClass: Record<string, number>;
}): string {
  const rows: [string, number][] = [
    ...Object.entries(result.perClass),
    ['mean of classes', result.meanClassAccuracy],
    ['all images', result.accuracy],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, value]) => `${name.padEnd(width)}  ${(100 * value).toFixed(2).padStart(6)} %\n`)
    .join('');
}
