import { runFolder, runTask, type Task, toArguments } from '@syn2real/cli';
import { recipeOptions, runOptions } from '../config/train-options.js';
import type { Trial } from './trial.js';

/** A trial as a `train` command: it goes on where it was, and a finished one is left as it is. */
export function trainTask(out: string, trial: Trial): Task {
  return runTask({
    name: trial.name,
    label: `${trial.label}, seed ${trial.recipe.seed}`,
    dir: runFolder(out, trial),
    args: (run) => [
      'train',
      ...toArguments(recipeOptions, trial.recipe),
      ...toArguments(runOptions, { ...trial.settings, label: trial.label, ...run }),
    ],
  });
}
