import { type Params, param, tf } from '@syn2real/core';
import { stackEncoders, stepEncoders } from './encoders.js';
import { type HiddenTensors, hiddenTensors, type PolicyHidden, zeroHidden } from './hidden.js';
import { ACTIONS, coordinatesOf, ENCODED, ENCODED_SIZE, headNames } from './shapes.js';

/** What {@link applyPolicy} returns. */
export type PolicyOutputs = {
  /** Raw scores of each step, coordinate and action, `[T, C, 11]`. */
  logits: tf.Tensor3D;
  /** Hidden states after the last step. */
  hidden: HiddenTensors;
};

/** Options of {@link applyPolicy}. */
export interface ApplyPolicyOptions {
  /** State before the first step. Default zero. No gradient reaches it. */
  hidden?: PolicyHidden;
  /** Whether step t begins an episode: its hidden state is zero, whatever came before. Default never. */
  resets?: readonly boolean[];
}

/**
 * Unrolls the policy over consecutive observations.
 *
 * Five LSTMs read the first five numbers of each observation; coordinate c's head reads the 100 hidden numbers and
 * its own present scale: logits_c = [h; a_c]·W_c + b_c. Differentiable in the parameters. Call it inside `tf.tidy`.
 *
 * @param policy parameters, only read; the critic's may be missing
 * @param observations per step, 5 + C numbers as {@link observationVector} gives them
 * @throws Error where an observation has another length
 * @example
 * ```ts
 * const { logits } = applyPolicy(policy, [[2.4, 0, 0, 0, 0.03, 1, 1, 1, 1, 1, 1, 1]]);
 * ```
 * @see ASG fig. 4; the released policy network, whose hidden state this one really carries on
 */
export function applyPolicy(
  policy: Params,
  observations: readonly (readonly number[])[],
  { hidden = zeroHidden(), resets = [] }: ApplyPolicyOptions = {},
): PolicyOutputs {
  const coordinates = coordinatesOf(policy);
  for (const observation of observations) {
    if (observation.length !== ENCODED.length + coordinates) {
      throw new Error(
        `An observation of a policy with ${coordinates} coordinates has ${ENCODED.length + coordinates} numbers; got ${observation.length}.`,
      );
    }
  }
  const encoders = stackEncoders(policy);
  let state = hiddenTensors(hidden);
  const encoded: tf.Tensor[] = [];
  observations.forEach((observation, t) => {
    const x = tf.tensor3d(observation.slice(0, ENCODED.length), [ENCODED.length, 1, 1], 'float32');
    state = stepEncoders(encoders, x, resets[t] ? hiddenTensors(zeroHidden()) : state);
    encoded.push(state.h.reshape([1, ENCODED_SIZE]));
  });
  const scales = tf.tensor3d(
    observations.flatMap((observation) => observation.slice(ENCODED.length)),
    [observations.length, coordinates, 1],
    'float32',
  );
  return { logits: applyHeads(policy, tf.concat(encoded, 0), scales), hidden: state };
}

/** All heads in one product: their weights lie side by side, the row of the present scale apart. */
function applyHeads(policy: Params, encoded: tf.Tensor, scales: tf.Tensor3D): tf.Tensor3D {
  const [steps = 0, coordinates = 0] = scales.shape;
  const names = Array.from({ length: coordinates }, (_, c) => headNames(c));
  const weights = tf.concat(
    names.map(({ weight }) => param(policy, weight)),
    1,
  );
  const fromEncoded = weights.slice([0, 0], [ENCODED_SIZE, coordinates * ACTIONS]);
  const fromScale = weights.slice([ENCODED_SIZE, 0], [1, coordinates * ACTIONS]);
  const bias = tf.stack(names.map((name) => param(policy, name.bias)));
  return tf
    .matMul(encoded, fromEncoded)
    .reshape([steps, coordinates, ACTIONS])
    .add(scales.mul(fromScale.reshape([1, coordinates, ACTIONS])))
    .add(bias.expandDims(0)) as tf.Tensor3D;
}
