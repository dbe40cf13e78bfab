import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '@syn2real/cli';
import { parseRecipe, runOptions } from '../config/train-options.js';
import { train } from '../training/train.js';

/** Trains like the command, asked to stop after a number of steps. */
export async function stopped(args: readonly string[], dir: string, steps: number): Promise<unknown> {
  const given: Record<string, string> = {};
  for (let i = 1; i < args.length; i += 2) {
    const key = args[i]!.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    given[key] = args[i + 1]!;
  }
  const stop = {
    get exitCode() {
      const log = readFileSync(join(dir, 'log.jsonl'), 'utf8');
      return log.split('"kind":"step"').length > steps ? 130 : undefined;
    },
    signal: undefined,
    dispose: () => {},
  };
  return train(parseRecipe(given), parseOptions(runOptions, given), {
    dir,
    label: 'stopped',
    log: () => {},
    stream: process.stderr,
    stop,
  });
}
