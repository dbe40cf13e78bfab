import { addOptions, option, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { type MinibenchOptions, prepareMinibench } from '@syn2real/minibench';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { checkData } from './doctor.js';

const options = {
  data: option('--data <dir>', 'check this download of VisDA-17 instead', z.string().optional()),
  out: option('--out <dir>', 'write the mini benchmark here', z.string().default('data/minibench')),
  seed: option('--seed <n>', 'seed of the mini benchmark', z.coerce.number().int().min(0).default(0)),
  source: option('--source <n>', 'printed digits to train on', z.coerce.number().int().min(1).default(4000)),
  target: option(
    '--target <n>',
    'handwritten digits to measure on',
    z.coerce.number().int().min(1).default(10_000),
  ),
} as const;

/** `visda17 prepare` */
export function prepareCommand(): Command {
  const command = new Command('prepare').description(
    'write the mini benchmark in VisDA-17 layout, or check a real download',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const { data, out, seed, source, target } = parseOptions(options, given);
    if (data === undefined) {
      await prepare(out, { seed, sourceCount: source, targetCount: target });
      say(`ready: ${out}; train on it with: visda17 train --data ${out} …`);
    } else if (given.out === undefined) {
      await checkData(data, { deep: false, json: false });
    } else {
      throw new UserError({
        what: '--data checks a download and --out writes the mini benchmark',
        fix: 'pass one of them',
      });
    }
  });
}

/** Writes the mini benchmark with a progress bar; one that is there with the same settings is used again. */
export async function prepare(out: string, minibench: MinibenchOptions): Promise<void> {
  let bar: ReturnType<typeof createProgress> | undefined;
  const { reused } = await prepareMinibench(out, minibench, ({ done, total, split }) => {
    bar ??= createProgress(process.stderr, { total, label: 'prepare', unit: 'images' });
    bar.update(done, split);
  });
  bar?.stop();
  if (reused) say(`prepare: ${out} is there already`);
}
