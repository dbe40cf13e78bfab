import { UserError } from '@syn2real/core';
import { fontFaults, wholeNumberFaults } from '../faults.js';
import { MINIBENCH_FONTS, type MinibenchFont } from '../fonts.js';
import { TARGET_SCENES } from './drawings.js';

/** What {@link prepareSegmentation} writes. */
export interface SegmentationOptions {
  /** Seed of all that is drawn by chance; 0. */
  readonly seed?: number;
  /** The fonts of the source, some of {@link MINIBENCH_FONTS}; all sixteen. */
  readonly fonts?: readonly MinibenchFont[];
  /** How many source scenes to train on; 600. */
  readonly sourceCount?: number;
  /** How many source scenes to hold out; 100. */
  readonly heldOutCount?: number;
  /** How many target scenes, up to 850; 300. */
  readonly targetCount?: number;
  /** Stops the work; what was written so far is removed. */
  readonly signal?: AbortSignal;
}

/** The options that decide the files' bytes, all set. */
export interface SegmentationSettings {
  readonly seed: number;
  readonly fonts: readonly MinibenchFont[];
  readonly sourceCount: number;
  readonly heldOutCount: number;
  readonly targetCount: number;
}

/** GTA5's names have five digits. */
const MAX_SOURCE = 90_000;
const MAX_HELD_OUT = 9999;

/**
 * Fills in the defaults and validates the whole.
 *
 * @throws UserError that lists all faults at once
 */
export function resolveSegmentation(options: SegmentationOptions): SegmentationSettings {
  const { seed = 0, fonts = MINIBENCH_FONTS, sourceCount = 600, heldOutCount = 100 } = options;
  const { targetCount = 300 } = options;
  const faults = [
    ...wholeNumberFaults('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    ...wholeNumberFaults('sourceCount', sourceCount, 1, MAX_SOURCE),
    ...wholeNumberFaults('heldOutCount', heldOutCount, 0, MAX_HELD_OUT),
    ...wholeNumberFaults('targetCount', targetCount, 1, TARGET_SCENES),
    ...fontFaults(fonts),
  ];
  if (faults.length > 0) {
    throw new UserError({
      what: `the options of the segmentation benchmark are not valid:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
      fix: 'correct the options named above, or leave them out for the defaults',
    });
  }
  return { seed, fonts: [...fonts], sourceCount, heldOutCount, targetCount };
}
