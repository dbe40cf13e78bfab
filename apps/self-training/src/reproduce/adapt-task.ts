import { basename } from 'node:path';
import { runTask, type Task, toArguments } from '@syn2real/cli';
import { type RunSettings, runOptions } from '../config/train-options.js';

/** An adaptation as a `train` command of this program: it goes on where it was. */
export function adaptation({
  dir,
  label,
  seed,
  recipe,
  settings,
}: {
  readonly dir: string;
  readonly label: string;
  readonly seed: number;
  /** The recipe as arguments. */
  readonly recipe: readonly string[];
  readonly settings: Partial<RunSettings>;
}): Task {
  return runTask({
    name: basename(dir),
    label: `${label}, seed ${seed}`,
    dir,
    args: (run) => ['train', ...recipe, ...toArguments(runOptions, { ...settings, label, ...run })],
  });
}
