import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { accuracy, meanClassAccuracy, perClassRecall, UserError } from '@syn2real/core';
import { listOrder, openImagenetValidation, openOracle } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { recipeOptions } from '../config/train-options.js';
import { headOf } from '../model/load.js';
import { predictClasses } from '../model/predict-classes.js';
import { checkRetention } from '../training/check-retention.js';
import { loaderFor } from '../training/loaded.js';
import { type OpenWeights, openTarget, openWeights } from './network.js';
import { networkOptions } from './options.js';

const options = {
  ...networkOptions,
  data: option(
    '--data <dir>',
    'folder of the data set, in VisDA-17 layout; may be absent beside --retention',
    z.string().min(1).optional(),
  ),
  retention: option(
    '--retention <dir>',
    "images of the old task (ImageNet's validation images), to measure the untouched old classifier on",
    z.string().min(1).optional(),
  ),
  retentionLabels: option(
    '--retention-labels <file>',
    'label list where they are all in one folder (default: one of the known names in it)',
    z.string().min(1).optional(),
  ),
  tta: recipeOptions.tta,
  json: option('--json', 'print JSON instead of a table', z.boolean().default(false)),
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof options>>;

/** `visda17 evaluate` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate').description(
    "measure a trained network on a target split, with its labels (the oracle's number), and on its old task",
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    const { data, retention } = parsed;
    if (data === undefined && retention === undefined) {
      throw new UserError({
        what: 'nothing to measure on',
        got: 'neither --data nor --retention',
        fix: 'pass --data, --retention, or both',
      });
    }
    const network = await openWeights(parsed, say);
    try {
      const target = data === undefined ? undefined : await onTarget({ ...parsed, data }, network);
      const kept = retention === undefined ? undefined : await onRetention({ ...parsed, retention }, network);
      const result = { ...target, ...(kept === undefined ? {} : { retention: kept }) };
      process.stdout.write(
        parsed.json
          ? `${JSON.stringify(result, null, 2)}\n`
          : `${target === undefined ? '' : table(target)}${kept === undefined ? '' : retentionLine(kept)}`,
      );
    } finally {
      await network.close();
    }
  });
}

async function onTarget(parsed: Parsed & { data: string }, network: OpenWeights) {
  headOf(network.model, parsed.weights);
  const { target, loader } = await openTarget(parsed, network);
  const oracle = await openOracle(parsed.data, parsed.split, { onReading: () => {} });
  const predictions = await predictClasses(network.model, loader, listOrder(target.images.length), {
    batchSize: parsed.batchSize,
    tta: parsed.tta,
    ...counted(parsed.split, target.images.length),
  });
  const matrix = oracle.score(predictions, 'evaluate');
  const recall = perClassRecall(matrix);
  return {
    split: parsed.split,
    images: target.images.length,
    meanClassAccuracy: meanClassAccuracy(matrix),
    accuracy: accuracy(matrix),
    perClass: Object.fromEntries(target.classes.map((name, c) => [name, recall[c]!])),
    unreadable: loader.stats().skipped.length,
  };
}

/** Top-1 of the old classifier, images prepared as the old task measures them. */
async function onRetention(parsed: Parsed & { retention: string }, { model, pool }: OpenWeights) {
  const domain = await openImagenetValidation(parsed.retention, {
    ...(parsed.retentionLabels === undefined ? {} : { labels: parsed.retentionLabels }),
  });
  checkRetention(domain, model);
  const loader = loaderFor(domain, model, pool, {
    cacheMb: 0,
    skipUnreadable: parsed.skipUnreadable,
    oldTask: true,
  });
  const images = domain.images.length;
  const predictions = await predictClasses(model, loader, listOrder(images), {
    batchSize: parsed.batchSize,
    tta: 'none',
    old: true,
    ...counted('retention', images),
  });
  const read = predictions.filter((answer) => answer >= 0).length;
  const right = predictions.filter((answer, i) => answer === domain.labels[i]).length;
  return { images: read, accuracy: right / read, unreadable: images - read };
}

function counted(label: string, total: number) {
  const bar = createProgress(process.stderr, { total, label, unit: 'images' });
  let done = 0;
  return {
    onBatch: (images: number): void => {
      done += images;
      bar.update(done);
      if (done === total) bar.stop();
    },
  };
}

function retentionLine({ accuracy: kept, images }: { accuracy: number; images: number }): string {
  return `old task, top-1  ${(100 * kept).toFixed(2).padStart(6)} %  (${images} images)\n`;
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
