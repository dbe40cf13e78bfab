import { option } from '@syn2real/cli';
import { z } from 'zod';

const count = () => z.coerce.number().int().min(1);

/** Which weights are averaged while a run trains. Without `--average` no other of these is in a recipe. */
export const averagingOptions = {
  average: option(
    '--average <way>',
    'swad: measure and keep the mean of the weights over the valley of the held-out source loss (default: the last weights)',
    z.enum(['swad']).optional(),
  ),
  swadEvery: option(
    '--swad-every <n>',
    'iterations between measurements of the held-out source loss (default: a hundredth of the run)',
    count().optional(),
  ),
  swadStart: option(
    '--swad-start <n>',
    'N_s: the valley starts at a measurement that the next n − 1 do not undercut (default: 3)',
    count().optional(),
  ),
  swadEnd: option(
    '--swad-end <n>',
    'N_e: it ends before n measurements in a row above the tolerance (default: 6)',
    count().optional(),
  ),
  swadTolerance: option(
    '--swad-tolerance <r>',
    'how far above the mean of its first N_s losses the valley reaches (default: 0.3, that is 1.3 times)',
    z.coerce.number().min(0).optional(),
  ),
} as const;

/**
 * What a recipe that averages weights has where nothing else is said.
 *
 * @see Cha et al.: SWAD (NeurIPS 2021), section 4.1
 */
export function averagingDefaults({ average }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return average === 'swad' ? { swadStart: 3, swadEnd: 6, swadTolerance: 0.3 } : {};
}
