import { option } from '@syn2real/cli';
import { z } from 'zod';

/** How images are cut for evaluation. */
export const evaluationOptions = {
  window: option(
    '--window <n>',
    'evaluate in square windows of this side, in pixels (default: the whole image)',
    z.coerce.number().int().min(1).optional(),
  ),
  overlap: option(
    '--overlap <x>',
    'share of a window that the next one covers too; scores add up there',
    z.coerce
      .number()
      .min(0)
      .lt(1)
      .default(1 / 6),
  ),
} as const;
