import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { ExitCode } from '@syn2real/trainer';

/** Folder of the start of a run that makes its own: beside it. */
export const startFolder = (dir: string): string => `${dir}-start`;

/** The program of a task. */
export type Program = (args: readonly string[]) => Promise<number>;

/**
 * Trains a start on the source with a program's `train`, beside the run; one that was stopped goes on, a finished one is
 * used as it is.
 *
 * @param options of that command
 * @returns the start's folder
 * @throws ExitCode where that training was stopped or failed, with its code
 */
export async function makeStart(program: Program, dir: string, options: readonly string[]): Promise<string> {
  const start = startFolder(dir);
  if (options.some((option) => option === '--out' || option === '--resume')) {
    throw new UserError({
      what: 'the place of the start is settled',
      got: options.filter((option) => option.startsWith('--out') || option === '--resume').join(' '),
      expected: `it goes to ${start}, and is resumed there`,
      fix: 'leave --out and --resume out after --',
    });
  }
  if (existsSync(join(start, 'summary.json'))) return start;
  const resume = existsSync(join(start, 'config.json')) ? ['--resume'] : [];
  const code = await program(['train', ...options, '--out', start, ...resume]);
  if (code !== 0) throw new ExitCode(code);
  return start;
}
