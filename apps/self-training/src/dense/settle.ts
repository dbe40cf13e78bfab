import { UserError } from '@syn2real/core';
import { z } from 'zod';
import { readStart } from '../init/open-init.js';
import type { DenseAsked, DenseRecipe } from './options.js';

const config = z.object({
  source: z.string().optional(),
  target: z.string().optional(),
  backbone: z.string().optional(),
  head: z.enum(['fcn', 'aspp']).optional(),
  outputStride: z.number().optional(),
  sourceList: z.string().optional(),
  sourceLabels: z.enum(['ids', 'trainIds']).optional(),
  sourceHeldOut: z.number().optional(),
  window: z.number().optional(),
  overlap: z.number().optional(),
});

/**
 * A recipe of segmentation with what its start settles, and the start's weights.
 *
 * @throws UserError where nothing names source and target, or the method is not one of pixels
 */
export function settleDense(asked: DenseAsked & { init: string }): {
  recipe: DenseRecipe;
  weights: string;
} {
  if (asked.method === 'shot') {
    throw new UserError({
      what: '--method shot is for images',
      got: `--task ${asked.task}`,
      expected: 'none, cbst, lrent, mrkld, mrl2, mrent or some of the last four joined by +, or mean-teacher',
      fix: 'take one of them',
    });
  }
  const start = readStart(asked.init, config);
  const { window, outputStride, sourceList, ...own } = start.config;
  const [source, target] = [asked.source ?? own.source, asked.target ?? own.target];
  if (source === undefined || target === undefined) {
    throw new UserError({
      what: 'source and target are not named',
      got: `--init ${asked.init}, which names ${source === undefined ? 'no source' : 'no target'}`,
      fix: 'pass --source and --target too, or start from a run folder that has both',
    });
  }
  const recipe: DenseRecipe = {
    ...asked,
    source,
    target,
    backbone: asked.backbone ?? own.backbone ?? 'vgg16-fcn',
    sourceHeldOut: asked.sourceHeldOut ?? own.sourceHeldOut ?? 0,
    head: own.head ?? 'fcn',
    sourceLabels: own.sourceLabels ?? 'ids',
    overlap: own.overlap ?? 1 / 6,
    ...(outputStride === undefined ? {} : { outputStride }),
    ...(sourceList === undefined ? {} : { sourceList }),
    ...(window === undefined ? {} : { window }),
  };
  return { recipe, weights: start.weights };
}
