import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from './task.js';

/** A command that fills a run's folder. */
export interface RunCommand {
  readonly name: string;
  readonly label: string;
  /** Folder of the run. */
  readonly dir: string;
  /** The command's arguments; `resume`: the run was begun before. */
  args(run: { readonly out: string; readonly resume: boolean }): string[];
}

/**
 * A run as a task: it goes on where it was, and a finished one is left as it is.
 *
 * @example
 * ```ts
 * const task = runTask({ name, label, dir, args: (run) => ['train', ...toArguments(runOptions, run)] });
 * ```
 */
export function runTask({ name, label, dir, args }: RunCommand): Task {
  return {
    name,
    label,
    done: () => existsSync(join(dir, 'summary.json')),
    args: () => args({ out: dir, resume: existsSync(join(dir, 'config.json')) }),
  };
}
