import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { asJson, diffJson, type JsonValue } from '@syn2real/trainer';
import type { Options } from '../config/option.js';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { runFolder, type Trial } from './trial.js';

/** A command of this program to run in a process of its own. */
export interface Task {
  readonly name: string;
  readonly label: string;
  /** Its arguments, as things stand in its folder now. */
  args(): string[];
  /** Whether its result is there already. */
  done(): boolean;
}

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

/** @throws UserError where the trial's folder holds a run with other settings, such as another data folder */
export function checkFolder(out: string, trial: Trial): void {
  const dir = runFolder(out, trial);
  const file = join(dir, 'config.json');
  if (!existsSync(file)) return;
  const config: JsonValue = JSON.parse(readFileSync(file, 'utf8'));
  const different = diffJson(config, asJson(trial.recipe));
  if (different.length === 0) return;
  throw new UserError({
    what: `${dir} holds a run with other settings`,
    got: different.map(({ path, before }) => `${path} = ${JSON.stringify(before)}`).join(', '),
    expected: different.map(({ path, after }) => `${path} = ${JSON.stringify(after)}`).join(', '),
    fix: 'name another --out, or remove that folder',
  });
}

/** Values as command-line arguments; what is undefined or false is left out. */
export function toArguments(options: Options, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([key, { flag }]) => {
    const value = values[key];
    if (value === undefined || value === false) return [];
    const name = flag.split(' ')[0]!;
    return value === true ? [name] : [name, String(value)];
  });
}
