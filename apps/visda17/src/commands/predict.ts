import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { listOrder } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { imagesFor, rawScores } from '../model/forward.js';
import { headOf } from '../model/load.js';
import { type OpenNetwork, openNetwork } from './network.js';
import { networkOptions } from './options.js';

const options = {
  ...networkOptions,
  oldHead: option('--old-head', "add the old classifier's scores", z.boolean().default(false)),
  output: option('--output <file>', 'JSON lines to write; never written over', z.string().min(1)),
} as const;

/** `visda17 predict` */
export function predictCommand(): Command {
  const command = new Command('predict').description(
    'write raw scores, a line {"path", "logits", "oldLogits"} per image of the list; without mirrored images',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    if (existsSync(parsed.output)) {
      throw new UserError({
        what: `${parsed.output} exists already`,
        fix: 'name another --output, or remove it',
      });
    }
    const network = await openNetwork(parsed, say);
    try {
      if (!parsed.oldHead) headOf(network.model, parsed.weights);
      await writePredictions(network, parsed);
    } finally {
      await network.close();
    }
    say(`done: ${parsed.output}`);
  });
}

async function writePredictions(
  { model, target, loader }: OpenNetwork,
  { output, oldHead, batchSize }: { output: string; oldHead: boolean; batchSize: number },
): Promise<void> {
  const beside = `${output}.${process.pid}.tmp`;
  const file = createWriteStream(beside, { flags: 'wx' });
  const failed = finished(file).catch((cause) => {
    throw new UserError({
      what: `${output} cannot be written`,
      got: String(cause),
      fix: 'check the folder and the free space',
      cause,
    });
  });
  const bar = createProgress(process.stderr, {
    total: target.images.length,
    label: 'predict',
    unit: 'images',
  });
  const toImages = imagesFor(model);
  try {
    let done = 0;
    for await (const batch of loader.batches(listOrder(target.images.length), { batchSize })) {
      const images = toImages(batch);
      const scores = rawScores(model, images, { fresh: model.head !== undefined, old: oldHead });
      images.dispose();
      const row = (values: Float32Array | undefined, at: number): number[] | null =>
        values === undefined
          ? null
          : Array.from(
              values.subarray((at * values.length) / batch.count, ((at + 1) * values.length) / batch.count),
            );
      const lines = Array.from(batch.indices, (index, at) => ({
        path: target.images[index]!.path,
        logits: row(scores.logits, at),
        ...(oldHead ? { oldLogits: row(scores.oldLogits, at) } : {}),
      }));
      if (!file.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
        await Promise.race([once(file, 'drain'), failed]);
      done = batch.end;
      bar.update(done);
    }
    file.end();
    await failed;
    await rename(beside, output);
  } catch (error) {
    file.destroy();
    await failed.catch(() => {});
    await rm(beside, { force: true });
    throw error;
  } finally {
    bar.stop();
  }
}
