import { createRng, disposeParams, tf, UserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf, expectClose } from '../testing/assert.js';
import { goldens } from '../testing/goldens.js';
import { act } from './act.js';
import { zeroHidden } from './hidden.js';
import { initPolicy } from './init.js';
import { orthogonal, orthogonalize } from './orthogonal.js';
import { coordinatesOf, policyShapes } from './shapes.js';

describe('orthogonalize', () => {
  it.each(goldens.orthogonal)(
    'does what torch.nn.init.orthogonal_ does to the same matrix (%#)',
    (golden) => {
      const rows = golden.gaussian.length;
      const cols = golden.gaussian[0]!.length;
      const values = orthogonalize(Float64Array.from(golden.gaussian.flat()), rows, cols);
      expectClose(values, golden.orthogonal.flat(), 1e-12);
    },
  );

  it('gives orthonormal rows or columns at any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(),
        (rows, cols, seed) => {
          const q = orthogonal(rows, cols, 2, createRng(seed));
          const wide = rows < cols;
          const [count, length] = wide ? [rows, cols] : [cols, rows];
          const at = (k: number, i: number) => q[wide ? k * cols + i : i * cols + k]!;
          for (let a = 0; a < count; a++) {
            for (let b = 0; b <= a; b++) {
              let dot = 0;
              for (let i = 0; i < length; i++) dot += at(a, i) * at(b, i);
              expect(Math.abs(dot - (a === b ? 4 : 0))).toBeLessThan(1e-5);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('initPolicy', () => {
  it('has 17,762 parameters for seven groups, by the released names', () => {
    const policy = initPolicy(createRng(0));
    expect(Object.values(policy).reduce((sum, tensor) => sum + tensor.size, 0)).toBe(goldens.parameters);
    expect(goldens.parameters).toBe(17_762);
    expect(Object.keys(policy).sort()).toEqual(Object.keys(goldens.stateDict).sort());
    expect(coordinatesOf(policy)).toBe(7);
    disposeParams(policy);
  });

  it('is orthogonal with gain 1, heads 0.01, biases 0', () => {
    tf.tidy(() => {
      const policy = initPolicy(createRng(3));
      const gram = (name: string) => {
        const weight = policy[name] as tf.Tensor2D;
        const small = weight.shape[0]! < weight.shape[1]!;
        return tf.matMul(weight, weight, !small, small).dataSync();
      };
      const eye = (n: number, gain: number) =>
        tf
          .eye(n)
          .mul(gain * gain)
          .dataSync();
      for (let i = 0; i < 5; i++) {
        expectClose(gram(`net.state_encoder.${i}.rnn.weight_hh_l0`), eye(20, 1), 1e-5);
        expectClose(gram(`net.state_encoder.${i}.rnn.weight_ih_l0`), [1], 1e-5);
      }
      for (let c = 0; c < 7; c++) {
        expectClose(gram(`action_distribution.linear.${c}.weight`), eye(11, 0.01), 1e-7);
      }
      expectClose(gram('critic.fc.weight'), [1], 1e-5);
      for (const [name, tensor] of Object.entries(policy)) {
        if (tensor.shape.length === 1) expectClose(tensor.dataSync(), new Float32Array(tensor.size), 0);
        else expect(tensor.shape, name).toEqual(policyShapes()[name]);
      }
    });
  });

  it('is a function of the stream, and nearly uniform', () => {
    const policies = [1, 1, 2].map((seed) => initPolicy(createRng(seed)));
    const [one, same, other] = policies.map(bitsOf);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    const observation = [2.48, 0, 0, 0, 0.0255, 1, 1, 1, 1, 1, 1, 1];
    const decision = act(policies[0]!, observation, zeroHidden(), createRng(0));
    expect(Math.abs(decision.logProbability + 7 * Math.log(11))).toBeLessThan(0.1);
    expect(Math.abs(decision.entropy - Math.log(11))).toBeLessThan(1e-3);
    for (const scale of decision.expectedScales) expect(Math.abs(scale - 0.5)).toBeLessThan(0.01);
    policies.forEach(disposeParams);
  });

  it('refuses a number of coordinates that is none', () => {
    for (const coordinates of [0, -1, 1.5, Number.NaN]) {
      expect(() => initPolicy(createRng(0), coordinates)).toThrow(UserError);
    }
  });
});
