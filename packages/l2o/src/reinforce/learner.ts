import { disposeParams, type OptimizerState, type Params, sgd, UserError } from '@syn2real/core';
import {
  type AdvantageOptions,
  type AdvantageState,
  initAdvantages,
  scaleRewards,
  subtractBaseline,
} from './advantage.js';
import { type PolicyGradientOptions, policyGradients } from './gradients.js';
import { discountedReturns, type Rollout } from './rollout.js';

/** Options of {@link createPolicyLearner}; everything that the paper does not have is off by default. */
export interface PolicyLearnerOptions extends AdvantageOptions, PolicyGradientOptions {
  /** Default 0.5, as in the paper; the released code's default is 7e-4. */
  learningRate?: number;
  /** Momentum of the policy's SGD. Default 0.9, as released. */
  momentum?: number;
  /** Discount γ. Default 0: a decision's return is the reward of its own window, as in eq. 7. */
  gamma?: number;
}

/** A policy in training: tensors, and the plain JSON beside them. */
export interface PolicyLearnerState {
  readonly policy: Params;
  /** Momentum of the policy's SGD. */
  readonly optimizer: OptimizerState;
  readonly advantage: AdvantageState;
}

/** What an update did, for logs. Plain JSON. */
export interface PolicyUpdate {
  readonly loss: number;
  /** Mean entropy of the policy before the update, in nats. */
  readonly entropy: number;
  /** Norm of the whole gradient, before any shortening. */
  readonly gradNorm: number;
  /** Mean reward of the rollout, raw. */
  readonly meanReward: number;
}

/** REINFORCE with SGD on a policy. */
export interface PolicyLearner {
  /** `policy` is taken as it is: its tensors live on in the state. */
  init(policy: Params): PolicyLearnerState;
  /**
   * One step on a rollout. Returns new tensors and disposes nothing; the critic's are the same in both states.
   *
   * @throws UserError where the loss is not finite
   */
  update(state: PolicyLearnerState, rollout: Rollout): { state: PolicyLearnerState; update: PolicyUpdate };
}

/**
 * REINFORCE on a rollout of decisions: v ← μ·v + ∇(−(1/U) Σ_t G_t·log π(a_t)), θ ← θ − η·v.
 *
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * const learner = createPolicyLearner({ learningRate: 0.5 });
 * let state = learner.init(initPolicy(rng));
 * ({ state } = learner.update(state, rollout));
 * ```
 * @see ASG eq. 7 and algorithm 1
 */
export function createPolicyLearner(options: PolicyLearnerOptions = {}): PolicyLearner {
  checkLearner(options);
  const { learningRate = 0.5, momentum = 0.9, gamma = 0 } = options;
  const optimizer = sgd(() => 'policy', { momentum });
  return {
    init: (policy) => ({ policy, optimizer: optimizer.init(policy), advantage: initAdvantages() }),
    update(state, rollout) {
      const raw = rollout.transitions.map(({ reward }) => reward);
      const scaled = scaleRewards(raw, state.advantage, options);
      const starts = rollout.transitions.map(({ episodeStart }) => episodeStart);
      const returns = discountedReturns(scaled.rewards, gamma, starts);
      const { advantages, state: advantage } = subtractBaseline(returns, scaled.state, options, starts);
      const { grads, ...report } = policyGradients(state.policy, rollout, advantages, options);
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradNorm)) {
        disposeParams(grads);
        throw new UserError({
          what: "the policy's loss is not finite",
          got: `loss ${report.loss}, gradient norm ${report.gradNorm}`,
          fix: "lower the policy's learning rate, or limit its gradient with maxGradNorm",
        });
      }
      const next = optimizer.update(grads, state.optimizer, state.policy, { policy: learningRate });
      disposeParams(grads);
      return {
        state: { policy: next.params, optimizer: next.state, advantage },
        update: { ...report, meanReward: raw.reduce((sum, reward) => sum + reward, 0) / raw.length },
      };
    },
  };
}

/** @throws UserError where an option is out of range */
function checkLearner(options: PolicyLearnerOptions): void {
  const ranges: readonly [keyof PolicyLearnerOptions, (value: number) => boolean, string][] = [
    ['learningRate', (value) => value > 0 && Number.isFinite(value), 'more than 0'],
    ['momentum', inUnit, 'in [0, 1)'],
    ['gamma', (value) => value >= 0 && value <= 1, 'in [0, 1]'],
    ['rewardScale', (value) => value > 0 && Number.isFinite(value), 'more than 0'],
    ['baselineDecay', inUnit, 'in [0, 1)'],
    ['entropyBonus', (value) => value >= 0 && Number.isFinite(value), 'at least 0'],
    ['maxGradNorm', (value) => value > 0, 'more than 0'],
  ];
  const faults = ranges.flatMap(([name, valid, expected]) => {
    const value = options[name];
    return value === undefined || (typeof value === 'number' && valid(value))
      ? []
      : [`${name} ${String(value)} (expected: ${expected})`];
  });
  const choices: readonly [keyof PolicyLearnerOptions, readonly string[]][] = [
    ['form', ['equation7', 'released']],
    ['baseline', ['none', 'rollout', 'moving', 'place']],
  ];
  for (const [name, values] of choices) {
    const value = options[name];
    if (value !== undefined && !values.includes(String(value))) {
      faults.push(`${name} "${String(value)}" (expected: one of ${values.join(', ')})`);
    }
  }
  if (faults.length > 0) {
    throw new UserError({
      what: "an option of the policy's training is out of range",
      got: faults.join('; '),
      fix: 'correct it, or leave it out for the default',
    });
  }
}

function inUnit(value: number): boolean {
  return value >= 0 && value < 1;
}
