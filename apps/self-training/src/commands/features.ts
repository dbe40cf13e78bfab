import { headOf, imagesFor, loaderFor, loadWeights, modelFrom, spread } from '@syn2real/app-visda17';
import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { disposeParams, UserError } from '@syn2real/core';
import { createDecodePool, hasTruth, listOrder, openOracle, openVisda17Target } from '@syn2real/datasets';
import { writeFeatures } from '@syn2real/report';
import { createLedger, openRun, selectBackend } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { runOptions } from '../config/train-options.js';
import { openStart } from '../init/open-init.js';
import { predictImages } from '../training/predict-target.js';

const options = {
  points: option(
    '--points <n>',
    'target images, evenly spread over the list',
    z.coerce.number().int().min(1).default(2000),
  ),
  backend: runOptions.backend,
  workers: runOptions.workers,
  batchSize: option('--batch-size <n>', 'images a forward pass', z.coerce.number().int().min(1).default(32)),
  offline: runOptions.offline,
} as const;

/** `self-training features` */
export function featuresCommand(): Command {
  const command = new Command('features')
    .description(
      "write a run's pooled features of target images and their classes (read through the oracle) as features.safetensors",
    )
    .argument('<run>', 'folder of a finished run');
  return addOptions(command, options).action(async (run: string, given: Record<string, unknown>) => {
    const { points, backend, workers, batchSize, offline } = parseOptions(options, given);
    const { weights, config } = openStart(run);
    const { data, backbone } = config;
    if (data === undefined || backbone === undefined) {
      throw new UserError({
        what: 'features are of a run',
        got: run,
        fix: 'name the folder of a finished run',
      });
    }
    const target = await openVisda17Target(data, { split: 'validation' });
    const { onReading } = createLedger(openRun(run));
    const oracle = (await hasTruth(data, 'validation'))
      ? await openOracle(data, 'validation', { onReading })
      : undefined;
    await selectBackend(backend, { log: say });
    const model = modelFrom(backbone, (await loadWeights(weights, { offline })).tensors);
    const head = headOf(model, weights);
    const pool = createDecodePool({ workers });
    try {
      const loader = loaderFor(target, model, pool, { cacheMb: 0, skipUnreadable: true });
      const order = spread(listOrder(target.images.length), points);
      const asked = { model, head, loader, toImages: imagesFor(model) };
      const { features, predicted } = await predictImages(asked, model.params, order, {
        batchSize,
        features: true,
      });
      const { values, width } = features!;
      const read = Array.from(predicted.keys()).filter((at) => predicted[at]! >= 0);
      const places = Int32Array.from(read, (at) => order[at]!);
      await writeFeatures(run, {
        values: Float32Array.from(
          read.flatMap((at) => Array.from(values.subarray(at * width, (at + 1) * width))),
        ),
        count: read.length,
        dimensions: width,
        labels:
          oracle?.show(places, 'colours of a figure of features') ?? new Int32Array(read.length).fill(-1),
      });
    } finally {
      for (const owned of [model.params, model.buffers, model.old.params]) disposeParams(owned);
      await pool.close();
    }
    say(`done: ${run}/features.safetensors`);
  });
}
