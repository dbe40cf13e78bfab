import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { prepareSegmentation, type SegmentationOptions } from '@syn2real/minibench';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { checkFolders } from './doctor.js';

const count = (preset: number, least = 1) => z.coerce.number().int().min(least).default(preset);

const options = {
  source: option('--source <dir>', 'check this download of GTA5 instead', z.string().optional()),
  target: option('--target <dir>', 'check this download of Cityscapes instead', z.string().optional()),
  out: option(
    '--out <dir>',
    'write the mini benchmark here',
    z.string().default('data/minibench-segmentation'),
  ),
  seed: option('--seed <n>', 'seed of the mini benchmark', count(0, 0)),
  sourceCount: option('--source-count <n>', 'scenes of printed digits to train on', count(600)),
  heldOutCount: option('--held-out-count <n>', 'such scenes on the val list', count(100, 0)),
  targetCount: option('--target-count <n>', 'scenes of handwritten digits to measure on', count(300)),
} as const;

/** `gta5-cityscapes prepare` */
export function prepareCommand(): Command {
  const command = new Command('prepare').description(
    "write the mini benchmark in GTA5's and Cityscapes' layouts, or check real downloads",
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const { source, target, out, ...minibench } = parseOptions(options, given);
    if (source === undefined && target === undefined) {
      await prepare(out, minibench);
      say(
        `ready: ${out}; train on it with: gta5-cityscapes train --source ${out}/gta5 --target ${out}/cityscapes …`,
      );
    } else if (given.out === undefined) {
      await checkFolders({ source, target, deep: false, json: false });
    } else {
      throw new UserError({
        what: '--source and --target check downloads, and --out writes the mini benchmark',
        fix: 'pass --out alone, or leave it out',
      });
    }
  });
}

/** Writes the mini benchmark with a progress bar; one that is there with the same settings is used again. */
export async function prepare(out: string, minibench: SegmentationOptions): Promise<void> {
  let bar: ReturnType<typeof createProgress> | undefined;
  const { reused } = await prepareSegmentation(out, minibench, ({ done, total, split }) => {
    bar ??= createProgress(process.stderr, { total, label: 'prepare', unit: 'images' });
    bar.update(done, split);
  });
  bar?.stop();
  if (reused) say(`prepare: ${out} is there already`);
}
