import { UserError } from '@syn2real/core';
import { MINIBENCH_FONTS, type MinibenchFont } from './fonts.js';
import { TARGET_TOTAL } from './target.js';

/** What {@link prepareMinibench} writes. */
export interface MinibenchOptions {
  /** Seed of the printed digits' shifts and of the choice of handwritten ones; 0. */
  readonly seed?: number;
  /** The fonts of the source, some of {@link MINIBENCH_FONTS}; all sixteen. */
  readonly fonts?: readonly MinibenchFont[];
  /** How many printed digits; 4,000. */
  readonly sourceCount?: number;
  /** How many handwritten digits; all 10,000. */
  readonly targetCount?: number;
  /** Stops the work; what was written so far is removed. */
  readonly signal?: AbortSignal;
}

/** The options that decide the files' bytes, all set. */
export interface MinibenchSettings {
  readonly seed: number;
  readonly fonts: readonly MinibenchFont[];
  readonly sourceCount: number;
  readonly targetCount: number;
}

const MAX_SOURCE = 1_000_000;

/**
 * Fills in the defaults and validates the whole.
 *
 * @throws UserError that lists all faults at once
 */
export function resolveSettings(options: MinibenchOptions): MinibenchSettings {
  const { seed = 0, fonts = MINIBENCH_FONTS, sourceCount = 4000, targetCount = TARGET_TOTAL } = options;
  const known: readonly string[] = MINIBENCH_FONTS;
  const faults: string[] = [];
  const whole = (name: string, value: unknown, low: number, high: number) => {
    if (!Number.isSafeInteger(value) || Number(value) < low || Number(value) > high) {
      faults.push(`${name} is an integer in ${low}…${high}, got ${String(value)}`);
    }
  };
  whole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  whole('sourceCount', sourceCount, 1, MAX_SOURCE);
  whole('targetCount', targetCount, 1, TARGET_TOTAL);
  if (fonts.length === 0) faults.push('fonts names at least one font, got none');
  const unknown = fonts.filter((font) => !known.includes(font));
  if (unknown.length > 0) faults.push(`unknown fonts: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  if (new Set(fonts).size !== fonts.length) faults.push(`fonts names a font twice: ${fonts.join(', ')}`);
  if (faults.length > 0) {
    throw new UserError({
      what: `the mini benchmark's options are not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
      fix: 'correct the options named above, or leave them out for the defaults',
    });
  }
  return { seed, fonts: [...fonts], sourceCount, targetCount };
}
