import * as namespace from '@tensorflow/tfjs';

export const tf: typeof namespace = (namespace as { default?: typeof namespace }).default ?? namespace;
