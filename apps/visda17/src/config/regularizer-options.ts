import { option } from '@syn2real/cli';
import { z } from 'zod';

const count = () => z.coerce.number().int().min(1);

/** Coefficients of the regularizers beside `--lambda`, and what those need that measure importances first. */
export const regularizerOptions = {
  lambda: option(
    '--lambda <x>',
    "weight of the method's regularizer (default: its own; 0.1 for proxy-guidance)",
    z.coerce.number().min(0).optional(),
  ),
  guidance: option(
    '--guidance <form>',
    'kl (as released) or cross-entropy (eq. 4); same gradient',
    z.enum(['kl', 'cross-entropy']).default('kl'),
  ),
  temperature: option(
    '--temperature <x>',
    'temperature of proxy-guidance (default: 1) or lwf (default: 2)',
    z.coerce.number().positive().optional(),
  ),
  roadFeatures: option(
    '--road-features <names>',
    'maps that road compares: some of layer1 … layer4',
    z
      .string()
      .regex(/^layer[1-4](,layer[1-4])*$/, 'names of maps, as in layer3,layer4')
      .default('layer4'),
  ),
  roadRegions: option(
    '--road-regions <rows>x<columns>',
    'road compares means of regions, as 3x3 (default: every position)',
    z
      .string()
      .regex(/^[1-9]\d?x[1-9]\d?$/, 'rows and columns, as in 3x3')
      .optional(),
  ),
  importanceImages: option(
    '--importance-images <set>',
    'images on which ewc, mas and si measure importances: source, or retention with its labels',
    z.enum(['source', 'retention']).default('source'),
  ),
  importanceCount: option('--importance-count <n>', 'how many of them', count().default(200)),
  importancePer: option(
    '--importance-per <unit>',
    'a backward pass each image (as defined) or each batch (as many public codes do)',
    z.enum(['image', 'batch']).default('image'),
  ),
  fisher: option(
    '--fisher <form>',
    'of ewc: true (labels drawn from the network) or empirical (those of the retention images)',
    z.enum(['true', 'empirical']).default('true'),
  ),
  siTrajectory: option(
    '--si-trajectory <from>',
    'where si has its importances from: first-pass (the first steps of training, unpenalised), old-task (a short walk on the old loss), or mas',
    z.enum(['first-pass', 'old-task', 'mas']).default('first-pass'),
  ),
  siSteps: option('--si-steps <n>', 'steps of the first pass (default: one epoch)', count().optional()),
  siRate: option(
    '--si-rate <rate>',
    'learning rate of the walk on the old task',
    z.coerce.number().positive().default(1e-4),
  ),
  siXi: option('--si-xi <x>', 'damping ξ of si', z.coerce.number().positive().default(1e-3)),
} as const;
