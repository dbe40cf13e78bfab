import { regularizerOptions as shared } from '@syn2real/app-visda17';
import { option } from '@syn2real/cli';
import { z } from 'zod';

const grid = () => z.string().regex(/^[1-9]\d{0,2}x[1-9]\d{0,2}$/, 'rows and columns, as in 8x8');

/** Coefficients of the regularizers, and how guidance looks at a map. */
export const regularizerOptions = {
  ...shared,
  lambda: option(
    '--lambda <x>',
    "weight of the method's regularizer (default: its own; 75 for proxy-guidance)",
    z.coerce.number().min(0).optional(),
  ),
  grid: option(
    '--grid <rows>x<columns>',
    'patches of the map, each with a KL of its own (eq. 5); 1x1: one an image, as released',
    grid().default('8x8'),
  ),
  gridOverlap: option(
    '--grid-overlap <n>',
    'positions by which a patch reaches into its neighbours',
    z.coerce.number().int().min(0).default(0),
  ),
  klCap: option(
    '--kl-cap <x>',
    'the most that guidance may add to the loss, λ·KL; gradient in proportion (as released with a policy: 9; default: none)',
    z.coerce.number().positive().optional(),
  ),
  roadFeatures: option(
    '--road-features <names>',
    "maps that road compares, as in layer3,layer4 or pool4,pool5 (default: the network's last)",
    z
      .string()
      .regex(/^(layer|pool)[1-5](,(layer|pool)[1-5])*$/, 'names of maps, as in layer3,layer4')
      .optional(),
  ),
} as const;
