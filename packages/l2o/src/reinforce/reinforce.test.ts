import { createRng, disposeParams, mapParams, type Params, tf, UserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zeroHidden } from '../policy/hidden.js';
import { initPolicy } from '../policy/init.js';
import { policyFromStateDict } from '../policy/state-dict.js';
import { bitsOf, expectClose } from '../testing/assert.js';
import { goldenRollout, goldens, unpack } from '../testing/goldens.js';
import { initAdvantages, scaleRewards, subtractBaseline } from './advantage.js';
import { policyGradients } from './gradients.js';
import { createPolicyLearner, type PolicyLearnerOptions } from './learner.js';
import { reinforceLoss } from './loss.js';
import { discountedReturns, type Rollout } from './rollout.js';

const rollout: Rollout = {
  hidden: zeroHidden(),
  transitions: [0.4, -0.2, 0.1].map((reward, t) => ({
    observation: [2 - t / 10, 0.1, t / 3, 0, 0.02, 1, 0.5],
    actions: [t, 10 - t],
    reward,
    episodeStart: t === 0,
  })),
};

describe('discountedReturns', () => {
  it('are the rewards where γ = 0', () => {
    expect(discountedReturns([1, 2, 3], 0)).toEqual([1, 2, 3]);
  });

  it('sum what follows, up to the end of the episode', () => {
    expect(discountedReturns([1, 2, 3], 0.5)).toEqual([2.75, 3.5, 3]);
    expect(discountedReturns([1, 2, 3], 1, [true, false, true])).toEqual([3, 2, 3]);
    expect(discountedReturns([], 0.9)).toEqual([]);
  });

  it('equal Σ γ^k r_{t+k}', () => {
    const reward = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(reward, { maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rewards, gamma) => {
          const sums = rewards.map((_, t) => rewards.slice(t).reduce((sum, r, k) => sum + gamma ** k * r, 0));
          expectClose(discountedReturns(rewards, gamma), sums, 1e-9);
        },
      ),
    );
  });
});

describe('reinforceLoss', () => {
  const returns = [1, 2, 3, 4, 5];
  const logProbs = [0.1, 0.2, 0.5, 0.7, 1.1];

  it('is eq. 7 or, by name, the released slip', () => {
    tf.tidy(() => {
      expectClose(reinforceLoss(tf.tensor1d(logProbs), returns).dataSync(), [-2.06], 1e-6);
      expectClose(reinforceLoss(tf.tensor1d(logProbs), returns, 'released').dataSync(), [-1.56], 1e-6);
      expect(() => reinforceLoss(tf.tensor1d(logProbs), [1])).toThrow(/5 decisions.*got 1/);
    });
  });
});

describe('advantages', () => {
  it('are the rewards where nothing is asked for', () => {
    const scaled = scaleRewards([1, -2], initAdvantages());
    expect(scaled.rewards).toEqual([1, -2]);
    expect(subtractBaseline([1, -2], scaled.state).advantages).toEqual([1, -2]);
    expect(subtractBaseline([1, -2], scaled.state).state.baseline).toBeNull();
  });

  it('divide by the standard deviation of all rewards so far', () => {
    let state = initAdvantages();
    const options = { normalizeRewards: true, rewardScale: 2 };
    ({ state } = scaleRewards([1, 2, 3], state, options));
    const { rewards } = scaleRewards([4], state, options);
    expectClose(rewards, [(2 * 4) / Math.sqrt(5 / 3)], 1e-12);
    expect(scaleRewards([4], initAdvantages(), options).rewards).toEqual([8]);
    expect(scaleRewards([3, 3], initAdvantages(), options).rewards).toEqual([6, 6]);
  });

  it('subtract the mean of the rollout, or of earlier ones', () => {
    expect(subtractBaseline([1, 3], initAdvantages(), { baseline: 'rollout' }).advantages).toEqual([-1, 1]);
    const options = { baseline: 'moving', baselineDecay: 0.5 } as const;
    const first = subtractBaseline([1, 3], initAdvantages(), options);
    expect(first.advantages).toEqual([1, 3]);
    const second = subtractBaseline([6], first.state, options);
    expect(second.advantages).toEqual([4]);
    expect(second.state.baseline).toBe(4);
  });

  it('subtract what decisions at the same place of earlier episodes earned, wherever rollouts end', () => {
    const options = { baseline: 'place', baselineDecay: 0.5 } as const;
    const episodes = [
      [8, 2, 1],
      [10, 4, 1, 7],
      [8, 1],
    ];
    const returns = episodes.flat();
    const starts = episodes.flatMap((episode) => episode.map((_, place) => place === 0));
    const expected = [0, 0, 0, 2, 2, 0, 0, -1, -2];
    for (const length of [1, 2, 4, 9]) {
      let state = initAdvantages();
      const advantages: number[] = [];
      for (let from = 0; from < returns.length; from += length) {
        const part = [from, from + length] as const;
        const step = subtractBaseline(returns.slice(...part), state, options, starts.slice(...part));
        state = JSON.parse(JSON.stringify(step.state));
        advantages.push(...step.advantages);
      }
      expect(advantages).toEqual(expected);
      expect(state).toMatchObject({ places: [8.5, 2, 1, 7], place: 1 });
    }
  });
});

describe('policyGradients', () => {
  it('shortens the gradient to the largest norm, as torch.nn.utils.clip_grad_norm_', () => {
    const policy = initPolicy(createRng(0), 2);
    const whole = policyGradients(policy, rollout, [1, 2, 3]);
    const norm = (grads: Params) => {
      const values = Object.values(grads).flatMap((grad) => [...grad.dataSync()]);
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    };
    expectClose([norm(whole.grads)], [whole.gradNorm], 1e-4 * whole.gradNorm);
    const short = policyGradients(policy, rollout, [1, 2, 3], { maxGradNorm: whole.gradNorm / 2 });
    expectClose(
      [norm(short.grads), short.gradNorm],
      [whole.gradNorm / 2, whole.gradNorm],
      1e-4 * whole.gradNorm,
    );
    const long = policyGradients(policy, rollout, [1, 2, 3], { maxGradNorm: whole.gradNorm * 2 });
    expect(bitsOf(long.grads)).toEqual(bitsOf(whole.grads));
    for (const record of [policy, whole.grads, short.grads, long.grads]) disposeParams(record);
  });

  it('adds the gradient of the entropy bonus', () => {
    const policy = initPolicy(createRng(0), 2);
    const plain = policyGradients(policy, rollout, [1, 2, 3]);
    const bonus = policyGradients(policy, rollout, [1, 2, 3], { entropyBonus: 0.5 });
    expectClose([bonus.loss], [plain.loss - 0.5 * plain.entropy], 1e-5);
    for (const record of [policy, plain.grads, bonus.grads]) disposeParams(record);
  });

  it('raises the entropy of a peaked policy along the bonus alone', () => {
    tf.tidy(() => {
      const policy = policyFromStateDict(unpack(goldens.stateDict));
      const peaked = goldenRollout(goldens.carried);
      const none = peaked.transitions.map(() => 0);
      const alone = policyGradients(policy, peaked, none, { entropyBonus: 1 });
      const moved = mapParams(policy, (tensor, name) =>
        tensor.sub((alone.grads[name] ?? tf.zerosLike(tensor)).mul(0.5)),
      );
      expectClose([alone.loss], [-alone.entropy], 1e-6);
      expect(policyGradients(moved, peaked, none).entropy).toBeGreaterThan(alone.entropy + 0.05);
    });
  });

  it('leaves only the gradients behind, the critic without one', () => {
    const policy = initPolicy(createRng(0), 2);
    const before = tf.memory().numTensors;
    const { grads } = policyGradients(policy, rollout, [1, 2, 3]);
    expect(tf.memory().numTensors).toBe(before + Object.keys(grads).length);
    expect(Object.keys(grads)).toHaveLength(Object.keys(policy).length - 2);
    disposeParams(grads);
    disposeParams(policy);
    expect(() => policyGradients(policy, { ...rollout, transitions: [] }, [])).toThrow(
      /without a transition/,
    );
  });
});

describe('createPolicyLearner', () => {
  it('makes good actions likelier', () => {
    const learner = createPolicyLearner({ learningRate: 0.5 });
    let state = learner.init(initPolicy(createRng(0), 2));
    const good: Rollout = {
      hidden: zeroHidden(),
      transitions: rollout.transitions.map((transition, t) => ({ ...transition, reward: t === 0 ? 1 : 0 })),
    };
    const losses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const next = learner.update(state, good);
      losses.push(next.update.loss);
      state = next.state;
    }
    expect(losses[7]!).toBeLessThan(losses[0]!); // −log π of the rewarded action
    expect(losses[7]!).toBeLessThan(0.1);
  });

  it('passes the critic through and makes new tensors of the rest', () => {
    const learner = createPolicyLearner();
    const state = learner.init(initPolicy(createRng(0), 2));
    const stored = bitsOf(state.policy);
    const next = learner.update(state, rollout).state;
    expect(bitsOf(state.policy)).toEqual(stored);
    for (const [name, tensor] of Object.entries(next.policy)) {
      expect(tensor === state.policy[name]).toBe(name.startsWith('critic'));
    }
  });

  it('stops where the loss is not finite, and leaves no gradient behind', () => {
    const learner = createPolicyLearner();
    const state = learner.init(initPolicy(createRng(0), 2));
    const transitions = rollout.transitions.map((transition) => ({ ...transition, reward: 1e300 }));
    const before = tf.memory().numTensors;
    expect(() => learner.update(state, { ...rollout, transitions })).toThrow(/not finite/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lists every option out of range at once', () => {
    const wrong = {
      learningRate: -1,
      momentum: 1,
      gamma: 2,
      entropyBonus: Number.NaN,
      maxGradNorm: 0,
      form: 'eq7',
      baseline: 'mean',
    } as unknown as PolicyLearnerOptions;
    let message = '';
    try {
      createPolicyLearner(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      message = String(error);
    }
    for (const name of Object.keys(wrong)) expect(message).toContain(name);
  });
});
