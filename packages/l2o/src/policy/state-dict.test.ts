import { createRng, disposeParams, isUserError, tf } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf } from '../testing/assert.js';
import { goldens, unpack } from '../testing/goldens.js';
import { initPolicy } from './init.js';
import { policyFromStateDict, policyToStateDict, type TorchStateDict } from './state-dict.js';

const stateDict = unpack(goldens.stateDict);

describe('policyFromStateDict', () => {
  it('and its inverse keep every bit', async () => {
    const policy = policyFromStateDict(stateDict);
    expect(await policyToStateDict(policy)).toEqual(stateDict);
    disposeParams(policy);
    for (const coordinates of [1, 5]) {
      const fresh = initPolicy(createRng(0), coordinates);
      const again = policyFromStateDict(await policyToStateDict(fresh));
      expect(bitsOf(again)).toEqual(bitsOf(fresh));
      disposeParams(fresh);
      disposeParams(again);
    }
  });

  it('names what is missing and what does not belong', () => {
    const { 'critic.fc.bias': _, ...rest } = stateDict;
    expect(() => policyFromStateDict(rest)).toThrow(/1 missing \("critic.fc.bias"\); none unexpected/);
    const extra = { ...stateDict, 'net.other': { shape: [1], data: new Float32Array(1) } };
    expect(() => policyFromStateDict(extra)).toThrow(/none missing; 1 unexpected \("net.other"\)/);
    expect(() => policyFromStateDict({})).toThrow(/24 missing/);
    const prefixed = Object.fromEntries(
      Object.entries(stateDict).map(([name, tensor]) => [`module.${name}`, tensor]),
    );
    expect(() => policyFromStateDict(prefixed)).toThrow(/"module.net.state_encoder.0/);
  });

  it('names a tensor of another shape', () => {
    const wrong = {
      ...stateDict,
      'action_distribution.linear.2.bias': { shape: [12], data: new Float32Array(12) },
    };
    expect(() => policyFromStateDict(wrong)).toThrow(
      /"action_distribution.linear.2.bias".*\n.*\[12\].*\n.*\[11\]/,
    );
  });

  it('answers any damage with one clear error and no tensor left behind', () => {
    const names = Object.keys(stateDict);
    const before = tf.memory().numTensors;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom('drop', 'shape', 'short', 'rename'),
        (name, damage) => {
          const { [name]: tensor, ...rest } = stateDict;
          const { shape, data } = tensor!;
          const damaged: Record<string, TorchStateDict> = {
            drop: rest,
            shape: { ...rest, [name]: { shape: [...shape, 2], data } },
            short: { ...rest, [name]: { shape, data: data.slice(1) } },
            rename: { ...rest, [`${name}x`]: tensor! },
          };
          let thrown: unknown;
          try {
            policyFromStateDict(damaged[damage]!);
          } catch (error) {
            thrown = error;
          }
          expect(isUserError(thrown)).toBe(true);
        },
      ),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
