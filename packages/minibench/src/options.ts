import { UserError } from '@syn2real/core';
import { fontFaults, wholeNumberFaults } from './faults.js';
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
  const faults = [
    ...wholeNumberFaults('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    ...wholeNumberFaults('sourceCount', sourceCount, 1, MAX_SOURCE),
    ...wholeNumberFaults('targetCount', targetCount, 1, TARGET_TOTAL),
    ...fontFaults(fonts),
  ];
  if (faults.length > 0) {
    throw new UserError({
      what: `the mini benchmark's options are not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
      fix: 'correct the options named above, or leave them out for the defaults',
    });
  }
  return { seed, fonts: [...fonts], sourceCount, targetCount };
}
