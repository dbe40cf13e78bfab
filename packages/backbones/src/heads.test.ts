import { createRng, disposeParams, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { asgHead, bindHead, linearHead, oldHead } from './heads.js';
import { floats } from './testing/backend.js';

describe('heads', () => {
  it("ASG's has the names, shapes and initial spread of the released code", async () => {
    const head = asgHead(2048, 12);
    expect(head.paramShapes()).toEqual({
      'fc_new.0.weight': [2048, 512],
      'fc_new.0.bias': [512],
      'fc_new.2.weight': [512, 12],
      'fc_new.2.bias': [12],
    });
    const params = head.init(createRng(0));
    const bounds = { 'fc_new.0.weight': 0.0220971, 'fc_new.0.bias': 0.0220971, 'fc_new.2.weight': 0.0441942 };
    for (const [name, bound] of Object.entries(bounds)) {
      const data = await floats(params[name]!);
      const largest = data.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      expect(largest).toBeLessThanOrEqual(bound * 1.000001);
      expect(largest).toBeGreaterThan(bound * 0.98);
    }
    const last = await floats(params['fc_new.2.weight']!);
    const mean = last.reduce((sum, v) => sum + v, 0) / last.length;
    const std = Math.sqrt(last.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (last.length - 1));
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(Math.abs(std - 0.0255155)).toBeLessThan(0.0005);
    disposeParams(params);
  });

  it('compute x·W + b, with a ReLU between two layers', async () => {
    const linear = linearHead(2, 3);
    expect(Object.keys(linear.paramShapes())).toEqual(['fc_new.weight', 'fc_new.bias']);
    const x = tf.tensor2d([
      [1, 2],
      [-1, 0],
    ]);
    const w = tf.tensor2d([
      [1, 0, 2],
      [0, 1, 1],
    ]);
    const b = tf.tensor1d([0, 0, 1]);
    const z = linear.apply({ 'fc_new.weight': w, 'fc_new.bias': b }, x);
    expect(Array.from(await floats(z))).toEqual([1, 2, 5, -1, 0, -1]);
    const asg = asgHead(2, 2, { hidden: 3 });
    const w2 = tf.tensor2d([
      [1, 1],
      [1, 0],
      [0, 1],
    ]);
    const z2 = asg.apply(
      {
        'fc_new.0.weight': w,
        'fc_new.0.bias': b,
        'fc_new.2.weight': w2,
        'fc_new.2.bias': tf.tensor1d([0, 10]),
      },
      x,
    );
    expect(Array.from(await floats(z2))).toEqual([3, 16, 0, 10]);
  });

  it('read a map position by position', async () => {
    const head = oldHead(4, 5);
    expect(head.name).toBe('fc');
    const params = head.init(createRng(1));
    const map = tf.tensor4d(
      Array.from({ length: 48 }, (_, i) => Math.sin(i)),
      [2, 2, 3, 4],
    );
    const old = bindHead(head, params);
    const dense = old(map);
    expect(dense.shape).toEqual([2, 2, 3, 5]);
    expect(await floats(dense)).toEqual(await floats(old(map.reshape([12, 4]))));
    disposeParams(params);
  });

  it('refuse a feature of another width, and senseless sizes', () => {
    const head = linearHead(4, 5);
    const params = head.init(createRng(1));
    expect(() => head.apply(params, tf.zeros([2, 3]))).toThrow('"fc_new" reads 4 features');
    expect(() => linearHead(0, 5)).toThrow(RangeError);
    expect(() => asgHead(4, 2.5)).toThrow(RangeError);
  });
});
