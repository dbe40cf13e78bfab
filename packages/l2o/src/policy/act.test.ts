import { createRng, disposeParams, type Params, tf, UserError } from '@syn2real/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../testing/assert.js';
import { goldens, unpack } from '../testing/goldens.js';
import { act } from './act.js';
import { indexAt, likeliest, logProbability, probabilities } from './distribution.js';
import { applyPolicy } from './forward.js';
import { zeroHidden } from './hidden.js';
import { policyFromStateDict } from './state-dict.js';

let policy: Params;
beforeAll(() => {
  policy = policyFromStateDict(unpack(goldens.stateDict));
});
afterAll(() => disposeParams(policy));

const [observation, second] = goldens.observations as [number[], number[]];

describe('indexAt', () => {
  it('gives a valid index of positive probability for any scores and any uniform number', () => {
    const logits = fc.array(fc.double({ min: -800, max: 800, noNaN: true }), { minLength: 1, maxLength: 11 });
    fc.assert(
      fc.property(logits, fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true }), (scores, uniform) => {
        const probs = probabilities(scores);
        const index = indexAt(probs, uniform);
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeLessThan(scores.length);
        expect(probs[index]).toBeGreaterThan(0);
        expect(Math.abs(probs.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it('divides [0, 1) in the order of the actions', () => {
    expect([0, 0.24, 0.25, 0.74, 0.75, 0.999].map((u) => indexAt([0.25, 0.5, 0.25], u))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    expect(indexAt([0, 1, 0], 0)).toBe(1);
    expect(indexAt([0.3, 0.3, 0.3], 0.95)).toBe(2); // rounding left the sum short
  });
});

describe('sampling', () => {
  it('takes each action as often as the probabilities say', () => {
    const probs = probabilities([0.5, -1, 2, 0, 0, 1, -0.5, 1.5, 0.2, -2, 0.7]);
    const rng = createRng(7);
    const counts = new Array<number>(11).fill(0);
    const draws = 50_000;
    for (let n = 0; n < draws; n++) counts[indexAt(probs, rng.uniform())]! += 1;
    const chiSquare = counts.reduce(
      (sum, n, k) => sum + (n - draws * probs[k]!) ** 2 / (draws * probs[k]!),
      0,
    );
    expect(chiSquare).toBeLessThan(29.6); // 10 degrees of freedom, p = 0.001
  });
});

describe('act', () => {
  it('samples each coordinate with a uniform number of its own', () => {
    const logits = tf.tidy(() => Array.from(applyPolicy(policy, [observation]).logits.dataSync()));
    const rng = createRng(7);
    const again = createRng(7);
    for (let n = 0; n < 30; n++) {
      const { actions } = act(policy, observation, zeroHidden(), rng);
      const expected = Array.from({ length: 7 }, (_, c) =>
        indexAt(probabilities(logits.slice(c * 11, c * 11 + 11)), again.uniform()),
      );
      expect(actions).toEqual(expected);
    }
  });

  it('reports the log-probability, entropy and mean scales of the distribution that it samples from', () => {
    const decision = act(policy, observation, { h: goldens.h0, c: goldens.c0 }, createRng(1));
    tf.tidy(() => {
      const { logits } = applyPolicy(policy, [observation], { hidden: { h: goldens.h0, c: goldens.c0 } });
      expectClose(logProbability(logits, [decision.actions]).dataSync(), [decision.logProbability], 2e-5);
      const scales = tf
        .softmax(logits)
        .mul(tf.linspace(0, 1, 11))
        .sum(2);
      expectClose(decision.expectedScales, scales.dataSync(), 1e-5);
    });
    expect(decision.entropy).toBeGreaterThan(0);
    expect(decision.entropy).toBeLessThan(Math.log(11));
  });

  it('carries the hidden state on, as PyTorch does over two steps', () => {
    const rng = createRng(0);
    const first = act(policy, observation, { h: goldens.h0, c: goldens.c0 }, rng);
    const { hidden } = act(policy, second, first.hidden, rng);
    tf.tidy(() => {
      const unrolled = applyPolicy(policy, [observation, second], {
        hidden: { h: goldens.h0, c: goldens.c0 },
      });
      expectClose(hidden.h, unrolled.hidden.h.dataSync(), 1e-6);
      expectClose(hidden.c, unrolled.hidden.c.dataSync(), 1e-6);
    });
  });

  it('starts every decision from zero where the state is not carried', () => {
    const options = { carryHidden: false };
    const given = act(policy, observation, { h: goldens.h0, c: goldens.c0 }, createRng(0), options);
    const zero = act(policy, observation, zeroHidden(), createRng(0), options);
    expect(given).toEqual(zero);
    expect(given.hidden).toEqual(zeroHidden());
    const carried = act(policy, observation, zeroHidden(), createRng(0));
    expect(carried.actions).toEqual(zero.actions);
    expect(carried.hidden).not.toEqual(zeroHidden());
  });

  it('takes the likeliest action where greedy, and no random number', () => {
    const rng = createRng(0);
    const { actions } = act(policy, observation, zeroHidden(), rng, { greedy: true });
    expect(rng.state().counter).toBe(0);
    const logits = tf.tidy(() => Array.from(applyPolicy(policy, [observation]).logits.dataSync()));
    expect(actions).toEqual(actions.map((_, c) => likeliest(logits.slice(c * 11, c * 11 + 11))));
  });

  it('leaves no tensor behind and changes neither its inputs', () => {
    const before = tf.memory().numTensors;
    const hidden = Object.freeze({ h: Object.freeze([...goldens.h0]), c: Object.freeze([...goldens.c0]) });
    act(policy, Object.freeze([...observation]), hidden, createRng(0));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says so where the policy has diverged', () => {
    const broken = { ...policy, 'action_distribution.linear.0.bias': tf.fill([11], Number.NaN) };
    expect(() => act(broken, observation, zeroHidden(), createRng(0))).toThrow(UserError);
    tf.dispose(broken['action_distribution.linear.0.bias']);
  });
});
