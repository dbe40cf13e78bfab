import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { main as gta5Cityscapes } from '@syn2real/app-gta5-cityscapes';
import type { TrainIo } from '@syn2real/app-visda17';
import { main as visda17 } from '@syn2real/app-visda17';
import { addOptions, type Options, parseOptions, say } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { type RunSettings, recipeOptions, runOptions } from '../config/train-options.js';
import { DENSE_DEFAULTS, denseRecipeOptions } from '../dense/options.js';
import { settleDense } from '../dense/settle.js';
import type { DenseSummary } from '../dense/summary.js';
import { trainDense } from '../dense/train-dense.js';
import { makeStart, type Program, startFolder } from '../init/make-start.js';
import { openStart, settle } from '../init/open-init.js';
import { train } from '../training/train.js';

/** `self-training train` */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('adapt a start to the unlabelled target images, round by round')
    .argument(
      '[options...]',
      'in place of --init, after --: options of the train of visda17 or gta5-cityscapes that makes the start, in OUT-start',
    );
  addOptions(command, { ...denseRecipeOptions, ...recipeOptions, ...runOptions });
  return command.action(async (more: string[], given: Record<string, unknown>) => {
    const settings = parseOptions(runOptions, given);
    const isDense = given.task === 'gta5-cityscapes';
    const asked = isDense
      ? parseOptions(denseRecipeOptions, { ...DENSE_DEFAULTS, ...given })
      : parseOptions(recipeOptions, given);
    refuseOthers(given, isDense ? denseRecipeOptions : recipeOptions, asked.task);
    const dir = settings.out ?? join('runs', `self-training-${asked.method}-${asked.seed}`);
    const init = await initOf(asked.init, dir, more, isDense ? gta5Cityscapes : visda17);
    const stop = interruption();
    try {
      const label = settings.label ?? asked.method;
      const io = { dir, label, log: say, stream: process.stderr, stop };
      const summary = isDense
        ? await denseFrom(given, init, settings, io)
        : await train(settle({ ...parseOptions(recipeOptions, given), init }, openStart(init)), settings, io);
      say(`done: ${join(dir, 'summary.json')}`);
      process.stdout.write(`${JSON.stringify({ ...summary, rounds: undefined }, null, 2)}\n`);
    } finally {
      stop.dispose();
    }
  });
}

function denseFrom(
  given: Record<string, unknown>,
  init: string,
  settings: RunSettings,
  io: TrainIo,
): Promise<DenseSummary> {
  const asked = parseOptions(denseRecipeOptions, { ...DENSE_DEFAULTS, ...given });
  const { recipe, weights } = settleDense({ ...asked, init });
  return trainDense(recipe, weights, settings, io);
}

/** @throws UserError where an option of the other task was given */
function refuseOthers(given: Record<string, unknown>, own: Options, task: string): void {
  const others = { ...denseRecipeOptions, ...recipeOptions };
  const wrong = Object.keys(given).filter((key) => !(key in own) && key in others);
  if (wrong.length === 0) return;
  throw new UserError({
    what: `${wrong.length === 1 ? 'an option is' : 'options are'} not of this task`,
    got: wrong.map((key) => others[key as keyof typeof others].flag).join(', '),
    expected: `options of --task ${task}`,
    fix: 'leave them out',
  });
}

async function initOf(
  init: string | undefined,
  dir: string,
  more: readonly string[],
  program: Program,
): Promise<string> {
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
  return makeStart(program, dir, more);
}
