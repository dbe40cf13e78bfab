import { type Params, type Rng, tf } from '@syn2real/core';
import { orthogonal } from './orthogonal.js';
import { isCritic, policyShapes } from './shapes.js';

/** Gain of the heads' weights: small, so that the first policy is nearly uniform. */
export const HEAD_GAIN = 0.01;

/**
 * A fresh policy: orthogonal weights, biases 0.
 *
 * Encoders and critic have gain 1, heads 0.01, so that each action's first probability is nearly 1/11 and any joint
 * action's log-probability nearly −C·ln 11 (−16.785 for C = 7).
 *
 * @param coordinates number of groups whose rates the policy sets; default 7
 * @returns tensors owned by the caller
 * @example
 * ```ts
 * const policy = initPolicy(createRng(0).split('policy'));
 * ```
 */
export function initPolicy(rng: Rng, coordinates = 7): Params {
  const policy: Record<string, tf.Tensor> = {};
  for (const [name, shape] of Object.entries(policyShapes(coordinates))) {
    if (shape.length === 1) {
      policy[name] = tf.zeros([...shape], 'float32');
      continue;
    }
    const [inputs = 1, outputs = 1] = shape;
    const gain = name.startsWith('net.') || isCritic(name) ? 1 : HEAD_GAIN;
    policy[name] = tf.tensor(
      orthogonal(inputs, outputs, gain, rng.split(name)),
      [inputs, outputs],
      'float32',
    );
  }
  return policy;
}
