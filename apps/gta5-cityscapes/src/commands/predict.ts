import { existsSync } from 'node:fs';
import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { createImageReader, listOrder, readLabelTable } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { predictMap } from '../evaluation/predict-map.js';
import { type Format, formats, openOutput } from '../evaluation/write-predictions.js';
import { networkOptions, openTrained } from './network.js';

const options = {
  ...networkOptions,
  format: option(
    '--format <names>',
    'overlay (colours over the image), trainIds, labelIds (PNGs of 8-bit values), some of them with commas; or cityscapes: label ids as the benchmark server takes them',
    z
      .string()
      .regex(
        new RegExp(`^(cityscapes|(${formats.join('|')})(,(${formats.join('|')}))*)$`),
        'overlay,trainIds,labelIds or cityscapes',
      )
      .default('overlay,trainIds,labelIds'),
  ),
  limit: option(
    '--limit <n>',
    'only so many images, from the first on',
    z.coerce.number().int().min(1).optional(),
  ),
  output: option('--output <dir>', 'folder to write; it must not be there yet', z.string().min(1)),
} as const;

/** `gta5-cityscapes predict` */
export function predictCommand(): Command {
  const command = new Command('predict').description(
    'write the predicted class of each pixel as images; the labels are not read',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    if (existsSync(parsed.output)) {
      throw new UserError({
        what: `${parsed.output} exists already`,
        fix: 'name another --output, or remove it',
      });
    }
    const table = await readLabelTable(parsed.target);
    const network = await openTrained(parsed, say);
    const images = network.target.images.slice(0, parsed.limit);
    const reader = createImageReader({
      images,
      workers: network.pool,
      skipUnreadable: parsed.skipUnreadable,
    });
    const bar = createProgress(process.stderr, { total: images.length, label: 'predict', unit: 'images' });
    const output = await openOutput(parsed.output, parsed.format.split(',') as Format[], table);
    try {
      for await (const image of reader.read(listOrder(images.length))) {
        const classes = await predictMap(network.model, network.model.params, image, parsed);
        await output.write(images[image.index]!.path, image, classes);
        bar.update(image.end);
      }
      await output.finish();
    } catch (error) {
      await output.abandon();
      throw error;
    } finally {
      bar.stop();
      await reader.close();
      await network.close();
    }
    for (const { index, reason } of reader.stats().skipped)
      say(`left out: ${images[index]!.path}: ${reason}`);
    say(`done: ${parsed.output}`);
  });
}
