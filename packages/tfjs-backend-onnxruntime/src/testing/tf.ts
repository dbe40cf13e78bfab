import * as namespace from '@tensorflow/tfjs';
import '../index.js';

/** TensorFlow.js with gradients and chained ops, and this backend registered. */
export const tf: typeof namespace = (namespace as { default?: typeof namespace }).default ?? namespace;
