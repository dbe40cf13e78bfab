import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { main as visda17 } from '@syn2real/app-visda17';
import { UserError } from '@syn2real/core';
import { ExitCode } from '@syn2real/trainer';

/** Folder of the start of a run that makes its own: beside it. */
export const startFolder = (dir: string): string => `${dir}-start`;

/**
 * Trains a start on the source with `visda17 train`, beside the run; one that was stopped goes on, a finished one is
 * used as it is.
 *
 * @param options of `visda17 train`
 * @returns the start's folder
 * @throws ExitCode where that training was stopped or failed, with its code
 */
export async function makeStart(dir: string, options: readonly string[]): Promise<string> {
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
  const code = await visda17(['train', ...options, '--out', start, ...resume]);
  if (code !== 0) throw new ExitCode(code);
  return start;
}
