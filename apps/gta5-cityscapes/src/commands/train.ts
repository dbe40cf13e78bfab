import { join } from 'node:path';
import { addOptions, parseOptions, say } from '@syn2real/cli';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { parseRecipe, recipeOptions, runOptions } from '../config/train-options.js';
import { train } from '../training/train.js';

/** `gta5-cityscapes train` */
export function trainCommand(): Command {
  const command = new Command('train').description(
    'train on the labelled source images; the target is only measured, through the oracle',
  );
  addOptions(command, { ...recipeOptions, ...runOptions });
  return command.action(async (given: Record<string, unknown>) => {
    const both = parseOptions({ ...recipeOptions, ...runOptions }, given);
    const recipe = parseRecipe(given);
    const dir = both.out ?? join('runs', `${recipe.method}-${recipe.seed}`);
    const label = both.label ?? recipe.method;
    const stop = interruption();
    try {
      const summary = await train(recipe, both, { dir, label, log: say, stream: process.stderr, stop });
      say(`done: ${join(dir, 'summary.json')}`);
      process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    } finally {
      stop.dispose();
    }
  });
}
