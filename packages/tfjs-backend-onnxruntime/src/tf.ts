import * as namespace from '@tensorflow/tfjs-core';

/** TensorFlow.js core, whichever way Node or a bundler presents its CommonJS build. */
export const tf: typeof namespace = (namespace as { default?: typeof namespace }).default ?? namespace;
