import {
  type MethodContext as AnyMethodContext,
  gridOf,
  type Method,
  type MethodName,
  methodTable,
} from '@syn2real/app-visda17';
import type { OptionValues } from '@syn2real/cli';
import type { FeatureName } from '@syn2real/core';
import { denseProxyGuidance, type PoolPatch, road } from '@syn2real/regularizers';
import type { regularizerOptions } from '../config/regularizer-options.js';
import { capped } from './capped.js';

/** What the methods read of a recipe. */
type MethodRecipe = OptionValues<typeof regularizerOptions> & { readonly seed: number };

/** What the methods know of the network and of training. */
interface MethodContext extends AnyMethodContext {
  /** The last map and how the old classifier pools it. */
  readonly map: { readonly feature: FeatureName; readonly pool: PoolPatch };
}

const METHODS = methodTable<MethodRecipe, MethodContext>({
  guidance(recipe, { map }) {
    const { lambda, temperature, guidance: form, grid, gridOverlap, klCap } = recipe;
    const regularizer = denseProxyGuidance({
      weight: lambda,
      temperature,
      form,
      ...map,
      grid: gridOf(grid),
      overlap: gridOverlap,
    });
    return klCap === undefined ? regularizer : capped(regularizer, klCap);
  },
  road: ({ lambda, roadFeatures, roadRegions }, { map }) =>
    road({
      weight: lambda,
      feature: roadFeatures?.split(',') ?? map.feature,
      ...(roadRegions === undefined ? {} : { regions: gridOf(roadRegions) }),
    }),
});

/** The method of a recipe. */
export function methodOf(recipe: MethodRecipe & { method: MethodName }, context: MethodContext): Method {
  return METHODS[recipe.method](recipe, context);
}
