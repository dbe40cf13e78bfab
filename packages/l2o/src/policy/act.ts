import { type Params, type Rng, tf, UserError } from '@syn2real/core';
import { indexAt, type JointAction, likeliest, probabilities } from './distribution.js';
import { applyPolicy } from './forward.js';
import { type PolicyHidden, zeroHidden } from './hidden.js';
import { ACTIONS, coordinatesOf, ENCODED_SIZE } from './shapes.js';

/** Options of {@link act}. */
export interface ActOptions {
  /**
   * Whether the hidden state is carried from decision to decision, as the paper says. Default true. The released
   * network returns the state that it was given, so there every decision starts from zero: false.
   */
  carryHidden?: boolean;
  /** Whether the likeliest action is taken instead of a sampled one. Default false, as in the paper. */
  greedy?: boolean;
}

/** A decision of the policy. Plain numbers. */
export interface PolicyDecision {
  readonly actions: JointAction;
  /** For the next decision. */
  readonly hidden: PolicyHidden;
  /** log π(a), in nats. */
  readonly logProbability: number;
  /** Mean over the coordinates, in nats. */
  readonly entropy: number;
  /** Mean scale of each coordinate under the policy, Σ_k π(k)·k/10. */
  readonly expectedScales: readonly number[];
}

/**
 * One decision: a step of the encoders, then an action sampled for each coordinate.
 *
 * Reads one small tensor back from the backend, synchronously. Nothing to dispose.
 *
 * @param policy only read
 * @param observation 5 + C numbers, as {@link observationVector} gives them
 * @param hidden state after the last decision; {@link zeroHidden} at the start
 * @param rng gives one uniform number a coordinate; none where `greedy`
 * @throws UserError where the policy's scores are not finite
 * @example
 * ```ts
 * const { actions, hidden } = act(policy, observation, zeroHidden(), rng);
 * ```
 */
export function act(
  policy: Params,
  observation: readonly number[],
  hidden: PolicyHidden,
  rng: Rng,
  { carryHidden = true, greedy = false }: ActOptions = {},
): PolicyDecision {
  const coordinates = coordinatesOf(policy);
  const values = tf.tidy(() => {
    const outputs = applyPolicy(policy, [observation], { hidden: carryHidden ? hidden : zeroHidden() });
    return tf.concat([outputs.logits.flatten(), outputs.hidden.h.flatten(), outputs.hidden.c.flatten()]);
  });
  const read = Array.from(values.dataSync(), (value) => value + 0); // no −0, which JSON would not keep
  values.dispose();
  if (!read.every(Number.isFinite)) {
    throw new UserError({
      what: 'the policy gives scores that are not finite',
      got: `observation [${observation.join(', ')}]`,
      fix: 'the policy has diverged or its file is damaged: train it with a lower learning rate, or load it again',
    });
  }
  const actions: number[] = [];
  const expectedScales: number[] = [];
  let logProb = 0;
  let nats = 0;
  for (let c = 0; c < coordinates; c++) {
    const probs = probabilities(read.slice(c * ACTIONS, (c + 1) * ACTIONS));
    const action = greedy ? likeliest(probs) : indexAt(probs, rng.uniform());
    actions.push(action);
    logProb += Math.log(probs[action]!);
    nats -= probs.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
    expectedScales.push(probs.reduce((sum, p, k) => sum + (p * k) / (ACTIONS - 1), 0));
  }
  const at = coordinates * ACTIONS;
  return {
    actions,
    hidden: carryHidden
      ? { h: read.slice(at, at + ENCODED_SIZE), c: read.slice(at + ENCODED_SIZE) }
      : zeroHidden(),
    logProbability: logProb,
    entropy: nats / coordinates,
    expectedScales,
  };
}
