import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder, type Task, toArguments } from '@syn2real/cli';
import { recipeOptions, runOptions } from '../config/train-options.js';
import type { Trial } from './trial.js';

/** A trial as a `train` command: it goes on where it was, and a finished one is left as it is. */
export function trainTask(out: string, trial: Trial): Task {
  const dir = runFolder(out, trial);
  return {
    name: trial.name,
    label: `${trial.label}, seed ${trial.recipe.seed}`,
    done: () => existsSync(join(dir, 'summary.json')),
    args: () => [
      'train',
      ...toArguments(recipeOptions, trial.recipe),
      ...toArguments(runOptions, {
        ...trial.settings,
        out: dir,
        label: trial.label,
        resume: existsSync(join(dir, 'config.json')),
      }),
    ],
  };
}
