import { createRng, disposeParams, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { policyGradients } from '../reinforce/gradients.js';
import { createPolicyLearner } from '../reinforce/learner.js';
import { expectClose } from '../testing/assert.js';
import { goldenRollout, goldens, unpack } from '../testing/goldens.js';
import { entropy, logProbability } from './distribution.js';
import { stackEncoders, stepEncoders } from './encoders.js';
import { applyPolicy } from './forward.js';
import { hiddenTensors, zeroHidden } from './hidden.js';
import { initPolicy } from './init.js';
import { encoderNames, isCritic, policyShapes } from './shapes.js';
import { policyFromStateDict, policyToStateDict } from './state-dict.js';

const hidden = { h: goldens.h0, c: goldens.c0 };

describe('the policy against PyTorch', () => {
  it.each([goldens.carried, goldens.reset])(
    'gives its logits, states, log-probabilities and entropy (%#)',
    (golden) => {
      const policy = policyFromStateDict(unpack(goldens.stateDict));
      tf.tidy(() => {
        const { logits, hidden: after } = applyPolicy(policy, goldens.observations, {
          hidden,
          resets: golden.resets,
        });
        expect(logits.shape).toEqual([5, 7, 11]);
        expectClose(logits.dataSync(), golden.logits.flat(2), 2e-5);
        expectClose(after.h.dataSync(), golden.h, 2e-6);
        expectClose(after.c.dataSync(), golden.c, 2e-6);
        expectClose(logProbability(logits, goldens.actions).dataSync(), golden.logProb, 5e-5);
        expectClose(entropy(logits).dataSync(), [golden.entropy], 5e-6);
      });
      disposeParams(policy);
    },
  );

  it.each([goldens.carried, goldens.reset, goldens.released])(
    'gives the gradient of the REINFORCE loss through a 5-step unroll (%#)',
    async (golden) => {
      const policy = policyFromStateDict(unpack(goldens.stateDict));
      const result = policyGradients(policy, goldenRollout(golden), goldens.rewards, { form: golden.form });
      expectClose([result.loss, result.entropy], [golden.loss, golden.entropy], 2e-5);
      const expected = unpack(golden.grads);
      const actual = await policyToStateDict(result.grads);
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(actual[name]!.shape).toEqual(shape);
        expectClose(actual[name]!.data, data, 5e-6);
      }
      disposeParams(result.grads);
      disposeParams(policy);
    },
  );

  it('follows torch.optim.SGD over three updates', () => {
    const { learningRate, losses, logits } = goldens.trajectory;
    const learner = createPolicyLearner({ learningRate, momentum: 0.9 });
    tf.tidy(() => {
      let state = learner.init(policyFromStateDict(unpack(goldens.stateDict)));
      const rollout = goldenRollout(goldens.carried);
      const seen = losses.map(() => {
        const step = learner.update(state, rollout);
        state = step.state;
        return step.update.loss;
      });
      expectClose(seen, losses, 1e-4);
      const after = applyPolicy(state.policy, goldens.observations, { hidden });
      expectClose(after.logits.dataSync(), logits.flat(2), 2e-4);
    });
  });

  it('gives the worked example of an LSTM with all weights 0.1', () => {
    tf.tidy(() => {
      const policy = Object.fromEntries(
        Object.entries(policyShapes()).map(([name, shape]) => [
          name,
          tf.fill([...shape], shape.length === 1 ? 0 : 0.1),
        ]),
      );
      const encoders = stackEncoders(policy);
      const x = tf.fill([5, 1, 1], 2) as tf.Tensor3D;
      const one = stepEncoders(encoders, x, hiddenTensors(zeroHidden()));
      const two = stepEncoders(encoders, x, one);
      const all = (value: number) => new Array(100).fill(value);
      expectClose(one.c.dataSync(), all(0.1085236613), 1e-7);
      expectClose(one.h.dataSync(), all(0.0594368446), 1e-7);
      expectClose(two.c.dataSync(), all(0.2414705798), 1e-7);
      expectClose(two.h.dataSync(), all(0.1371677868), 1e-7);
      expectClose(two.h.dataSync(), all(goldens.example[1]!.h), 1e-7);
      expectClose(two.c.dataSync(), all(goldens.example[1]!.c), 1e-7);
    });
  });
});

describe('a uniform policy', () => {
  it('gives every joint action −7·ln 11, entropy ln 11', () => {
    tf.tidy(() => {
      const logits = tf.zeros([2, 7, 11]) as tf.Tensor3D;
      const actions = [
        [0, 1, 2, 3, 4, 5, 6],
        [10, 10, 10, 10, 10, 10, 10],
      ];
      expectClose(logProbability(logits, actions).dataSync(), [-16.785267, -16.785267], 2e-5);
      expectClose(entropy(logits).dataSync(), [2.397895], 1e-6);
    });
  });
});

describe('applyPolicy', () => {
  it('refuses an observation of another length', () => {
    const policy = initPolicy(createRng(0), 2);
    expect(() => tf.tidy(() => applyPolicy(policy, [[1, 2, 3]]))).toThrow(
      /2 coordinates has 7 numbers; got 3/,
    );
    disposeParams(policy);
  });

  it('does not need the critic', () => {
    tf.tidy(() => {
      const policy = initPolicy(createRng(0), 3);
      const without = Object.fromEntries(Object.entries(policy).filter(([name]) => !isCritic(name)));
      const observation = [[2, 0.1, 0, 0, 0.02, 1, 0.5, 0]];
      const logits = applyPolicy(without, observation).logits.dataSync();
      expectClose(logits, applyPolicy(policy, observation).logits.dataSync(), 0);
    });
  });

  it('gives each encoder only its own number and each head only its own scale', () => {
    tf.tidy(() => {
      const policy = policyFromStateDict(unpack(goldens.stateDict));
      const logitsOf = (observation: number[]) => applyPolicy(policy, [observation]).logits.dataSync();
      const base = goldens.observations[0]!;
      const before = logitsOf(base);
      const after = logitsOf(base.map((value, i) => (i === 5 + 3 ? value + 1 : value)));
      for (let c = 0; c < 7; c++) {
        const moved = before
          .slice(c * 11, c * 11 + 11)
          .some((value, k) => Math.abs(value - after[c * 11 + k]!) > 1e-3);
        expect(moved).toBe(c === 3);
      }
      const h = applyPolicy(policy, [base]).hidden.h.dataSync();
      const changed = applyPolicy(policy, [
        base.map((value, i) => (i === 1 ? value + 1 : value)),
      ]).hidden.h.dataSync();
      for (let i = 0; i < 5; i++) {
        const moved = h.slice(20 * i, 20 * i + 20).some((value, k) => value !== changed[20 * i + k]);
        expect(moved, encoderNames(i).weightInput).toBe(i === 1);
      }
    });
  });
});
