import { type Params, tf } from '@syn2real/core';
import { entropy, logProbability } from '../policy/distribution.js';
import { applyPolicy } from '../policy/forward.js';
import { isCritic } from '../policy/shapes.js';
import { type ReinforceForm, reinforceLoss } from './loss.js';
import type { Rollout } from './rollout.js';

/** Options of {@link policyGradients}. */
export interface PolicyGradientOptions {
  /** Default `equation7`. */
  form?: ReinforceForm;
  /** Coefficient β of an entropy bonus: the loss gets −β·H. Default 0. */
  entropyBonus?: number;
  /** Largest Euclidean norm of the whole gradient; a longer one is shortened to it. Default no limit. */
  maxGradNorm?: number;
}

/** What {@link policyGradients} returns. */
export interface PolicyGradients {
  /** By parameter, without the critic's; owned by the caller. */
  grads: Params;
  /** The loss, entropy bonus included. */
  loss: number;
  /** Mean entropy of the policy over coordinates and decisions, in nats. */
  entropy: number;
  /** Norm of the whole gradient, before any shortening. */
  gradNorm: number;
}

/**
 * Gradient of the REINFORCE loss through the unroll of a rollout, from its stored first hidden state.
 *
 * Hidden states are computed again along the unroll and detached at its border; a transition that begins an episode
 * starts from zero.
 *
 * @param policy only read
 * @param returns G_t, or advantages, one a transition
 * @throws Error where the rollout is empty
 * @example
 * ```ts
 * const { grads, loss } = policyGradients(policy, rollout, discountedReturns(rewards, 0));
 * ```
 */
export function policyGradients(
  policy: Params,
  { hidden, transitions }: Rollout,
  returns: readonly number[],
  { form = 'equation7', entropyBonus = 0, maxGradNorm }: PolicyGradientOptions = {},
): PolicyGradients {
  if (transitions.length === 0) throw new Error('A rollout without a transition has no gradient.');
  const names = Object.keys(policy).filter((name) => !isCritic(name));
  const observations = transitions.map(({ observation }) => observation);
  const resets = transitions.map(({ episodeStart }) => episodeStart);
  const actions = transitions.map(({ actions }) => actions);
  const made = tf.tidy(() => {
    let nats: tf.Scalar | undefined;
    const lossOf = (...tensors: tf.Tensor[]) => {
      const params = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const { logits } = applyPolicy(params, observations, { hidden, resets });
      nats = tf.keep(entropy(logits));
      const loss = reinforceLoss(logProbability(logits, actions), returns, form);
      return entropyBonus === 0 ? loss : (loss.sub(nats.mul(tf.scalar(entropyBonus))) as tf.Scalar);
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => policy[name]!));
    const norm = tf.addN(grads.map((grad) => grad.mul(grad).sum() as tf.Scalar)).sqrt();
    const report = tf.stack([value.asScalar(), nats!, norm.asScalar()]);
    nats!.dispose();
    if (maxGradNorm === undefined) return [report, ...grads];
    const factor = tf.minimum(tf.scalar(1), tf.scalar(maxGradNorm).div(norm.add(tf.scalar(1e-6))));
    return [report, ...grads.map((grad) => grad.mul(factor))];
  });
  const [report, ...grads] = made as [tf.Tensor, ...tf.Tensor[]];
  const [loss, meanEntropy, gradNorm] = report.dataSync() as Float32Array;
  report.dispose();
  return {
    grads: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
    loss: loss!,
    entropy: meanEntropy!,
    gradNorm: gradNorm!,
  };
}
