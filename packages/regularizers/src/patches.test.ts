import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { denseProxyGuidance } from './dense-proxy-guidance.js';
import { meanPool, pooledPatches, spans } from './patches.js';
import { proxyGuidance } from './proxy-guidance.js';
import { floats, randomTensor, scalarValue } from './testing/tensors.js';

describe('patches', () => {
  it('are chunks, the last with what is left: 23 in 8 is seven of 3 and one of 2', () => {
    const chunks = spans(23, 8, 0);
    expect(chunks.map(({ length }) => length)).toEqual([3, 3, 3, 3, 3, 3, 3, 2]);
    expect(chunks.map(({ start }) => start)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(spans(7, 1, 0)).toEqual([{ start: 0, length: 7 }]);
    expect(spans(5, 4, 0).map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(spans(2, 8, 0)).toHaveLength(2);
  });

  it('reach into their neighbours, as far as the map goes', () => {
    expect(spans(6, 3, 1)).toEqual([
      { start: 0, length: 3 },
      { start: 1, length: 4 },
      { start: 3, length: 3 },
    ]);
  });

  it('come row by row', async () => {
    const map = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 1]);
    const patches = tf.tidy(() => pooledPatches(map, [2, 2], 0, meanPool));
    expect(patches.shape).toEqual([1, 4, 1]);
    expect([...(await floats(patches))]).toEqual([2, 3.5, 6.5, 8]);
    tf.dispose([map, patches]);
  });
});

describe('dense proxy guidance', () => {
  const kernel = randomTensor([4, 5], 1) as tf.Tensor2D;
  const oldHead = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, kernel) as tf.Tensor2D;
  const loss = (grid: [number, number], x: tf.Tensor, z: tf.Tensor) =>
    tf.tidy(() => {
      const guidance = denseProxyGuidance({ grid });
      return guidance.loss({ layer4: x }, guidance.record({ layer4: z }, oldHead), oldHead);
    });

  it('on one patch is proxy guidance on the pooled map', async () => {
    const [x, z] = [randomTensor([3, 5, 4, 4], 2), randomTensor([3, 5, 4, 4], 3)];
    const whole = loss([1, 1], x, z);
    const plain = tf.tidy(() => {
      const guidance = proxyGuidance();
      const teacher = guidance.record({ pool: z.mean([1, 2]) }, oldHead);
      return guidance.loss({ pool: x.mean([1, 2]) }, teacher, oldHead);
    });
    expect(await scalarValue(whole)).toBeCloseTo(await scalarValue(plain), 6);
    tf.dispose([x, z, whole, plain]);
  });

  it('is the mean over images and patches of the patches alone', async () => {
    const [x, z] = [randomTensor([2, 4, 6, 4], 4), randomTensor([2, 4, 6, 4], 5)];
    const all = loss([2, 3], x, z);
    let sum = 0;
    for (const [i, row, column] of [0, 1].flatMap((a) =>
      [0, 2].flatMap((b) => [0, 2, 4].map((c) => [a, b, c])),
    )) {
      const piece = (map: tf.Tensor) => map.slice([i!, row!, column!, 0], [1, 2, 2, 4]);
      const one = tf.tidy(() => loss([1, 1], piece(x), piece(z)));
      sum += await scalarValue(one);
      one.dispose();
    }
    expect(await scalarValue(all)).toBeCloseTo(sum / 12, 5);
    tf.dispose([x, z, all]);
  });

  it('wants a map', () => {
    expect(() => denseProxyGuidance().record({ layer4: tf.ones([2, 4]) }, oldHead)).toThrow(
      '"layer4" is a map [B, h, w, C]; got [2,4]',
    );
  });
});
