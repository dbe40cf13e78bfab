import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addOptions, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { makeStart, startFolder } from '../init/make-start.js';
import { openStart, settle } from '../init/open-init.js';
import { checkTask } from '../init/tasks.js';
import { train } from '../training/train.js';

/** `self-training train` */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('adapt a start to the unlabelled target images, round by round')
    .argument(
      '[options...]',
      'in place of --init, after --: a visda17 train that makes the start, in OUT-start',
    );
  addOptions(command, { ...recipeOptions, ...runOptions });
  return command.action(async (more: string[], given: Record<string, unknown>) => {
    const settings = parseOptions(runOptions, given);
    const asked = parseOptions(recipeOptions, given);
    checkTask(asked.task);
    const dir = settings.out ?? join('runs', `self-training-${asked.method}-${asked.seed}`);
    const init = await initOf(asked.init, dir, more);
    const recipe = settle({ ...asked, init }, openStart(init));
    const stop = interruption();
    try {
      const label = settings.label ?? asked.method;
      const summary = await train(recipe, settings, { dir, label, log: say, stream: process.stderr, stop });
      say(`done: ${join(dir, 'summary.json')}`);
      process.stdout.write(`${JSON.stringify({ ...summary, rounds: undefined }, null, 2)}\n`);
    } finally {
      stop.dispose();
    }
  });
}

async function initOf(init: string | undefined, dir: string, more: readonly string[]): Promise<string> {
  if ((init === undefined) === (more.length === 0)) {
    throw new UserError({
      what: 'where to start is not clear',
      got:
        init === undefined ? 'neither --init nor options after --' : `--init ${init} and ${more.join(' ')}`,
      expected: 'one of them',
      fix: 'pass --init RUN, or what makes the start: -- --data DIR --weights SOURCE --method proxy-guidance',
    });
  }
  if (init !== undefined) return init;
  if (existsSync(join(dir, 'config.json'))) return startFolder(dir);
  return makeStart(dir, more);
}
