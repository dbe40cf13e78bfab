import { checkRetention, loaderFor } from '@syn2real/app-visda17';
import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { openCityscapesOracle, openImagenetValidation } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { frozenScores, retainedByFrozen } from '../evaluation/retention.js';
import { scoreImages } from '../evaluation/score-images.js';
import { confusionTable, iouTable } from '../evaluation/tables.js';
import { oldTaskModel } from '../model/load.js';
import { networkOptions, type OpenWeights, openTrained, openWeights } from './network.js';

const options = {
  ...networkOptions,
  target: option(
    '--target <dir>',
    'folder in Cityscapes layout; may be absent beside --retention',
    z.string().min(1).optional(),
  ),
  retention: option(
    '--retention <dir>',
    "images of the old task (ImageNet's validation images), to measure the untouched old classifier on",
    z.string().min(1).optional(),
  ),
  confusion: option('--confusion', 'print the confusion matrix too', z.boolean().default(false)),
  json: option('--json', 'print JSON instead of tables', z.boolean().default(false)),
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof options>>;

/** `gta5-cityscapes evaluate` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate').description(
    "IoU of each class on a target split, with its labels (the oracle's number), and what is kept of the old task",
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    const { target, retention, json } = parsed;
    if (target === undefined && retention === undefined) {
      throw new UserError({
        what: 'nothing to measure on',
        got: 'neither --target nor --retention',
        fix: 'pass --target, --retention, or both',
      });
    }
    const scores = target === undefined ? undefined : await onTarget({ ...parsed, target });
    const kept = retention === undefined ? undefined : await onRetention({ ...parsed, retention });
    if (json) {
      const result = { ...scores, ...(kept === undefined ? {} : { retention: kept }) };
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      return;
    }
    if (scores !== undefined) {
      process.stdout.write(iouTable(scores.classes, scores));
      if (parsed.confusion) process.stdout.write(`\n${confusionTable(scores.classes, scores.confusion)}`);
    }
    if (kept !== undefined) {
      const { accuracy, images } = kept;
      process.stdout.write(`old task, top-1  ${(100 * accuracy).toFixed(2)} %  (${images} images)\n`);
    }
  });
}

async function onTarget(parsed: Parsed & { target: string }) {
  const { split, skipUnreadable } = parsed;
  const skipped: Record<string, string> = {};
  const onSkip = ({ path, reason }: { path: string; reason: string }): void => {
    skipped[path] = reason;
  };
  const network = await openTrained(parsed, say);
  try {
    const { images, classes } = network.target;
    const oracle = await openCityscapesOracle(parsed.target, {
      split,
      onReading: () => {},
      skipUnreadable,
      onSkip,
    });
    const scores = await scoreImages(images, oracle.open('evaluate'), {
      ...network,
      params: network.model.params,
      cutting: parsed,
      skipUnreadable,
      onSkip,
      onImage: counted(split, images.length),
    });
    return { split, classes, ...scores, skipped };
  } finally {
    await network.close();
  }
}

/** Top-1 of the old classifier, images prepared as the old task measures them. */
async function onRetention(parsed: Parsed & { retention: string }) {
  const domain = await openImagenetValidation(parsed.retention);
  const network: OpenWeights = await openWeights(parsed, undefined, say);
  try {
    const model = oldTaskModel(network.model);
    checkRetention(domain, model);
    const { skipUnreadable } = parsed;
    const loader = loaderFor(domain, model, network.pool, { cacheMb: 0, skipUnreadable, oldTask: true });
    const scores = await frozenScores(
      model,
      { domain, loader },
      {
        batchSize: 32,
        onBatch: adding(counted('retention', domain.images.length)),
      },
    );
    const { accuracy, images } = retainedByFrozen(domain, scores);
    return { accuracy, images };
  } finally {
    await network.close();
  }
}

function counted(label: string, total: number): (done: number) => void {
  const bar = createProgress(process.stderr, { total, label, unit: 'images' });
  return (done) => {
    bar.update(done);
    if (done === total) bar.stop();
  };
}

function adding(update: (done: number) => void): (images: number) => void {
  let done = 0;
  return (images) => {
    done += images;
    update(done);
  };
}
