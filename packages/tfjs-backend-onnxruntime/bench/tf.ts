import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as namespace from '@tensorflow/tfjs';

/** TensorFlow.js; tfjs-node's own copy where BENCH_TFJS_NODE names the folder it is installed in. */
function load(): typeof namespace {
  const folder = process.env.BENCH_TFJS_NODE;
  if (folder !== undefined) return createRequire(join(folder, 'package.json'))('@tensorflow/tfjs-node');
  return (namespace as { default?: typeof namespace }).default ?? namespace;
}

export const tf = load();
