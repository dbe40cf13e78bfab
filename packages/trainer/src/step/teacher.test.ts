import { createRng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { tinyBatch, tinyGuidance, tinyNetwork, tinySetup } from '../__fixtures__/tiny.js';
import { disposeRecords, teacherRecords } from './teacher.js';

describe('teacherRecords', () => {
  it('gives an image the same bits in any batch, alone too', async () => {
    const setup = tinySetup(createRng(0));
    const wide = tf.randomUniform([5, 1000], -1, 1, 'float32', 3) as tf.Tensor2D;
    const teacher = {
      ...setup.teacher,
      oldHead: (feature: tf.Tensor) => tf.matMul<tf.Tensor2D>(feature as tf.Tensor2D, wide),
      regularizers: [tinyGuidance],
    };
    const rows = async (indices: readonly number[]): Promise<Map<number, string>> => {
      const { images, labels } = tinyBatch(indices, createRng(1));
      const records = teacherRecords(teacher, images);
      const { logits } = records.guidance!;
      expect(logits!.shape).toEqual([indices.length, 1000]);
      const values = Float32Array.from(await logits!.data());
      disposeRecords(records);
      tf.dispose([images, labels]);
      return new Map(
        indices.map((index, i) => [
          index,
          Buffer.from(values.slice(i * 1000, (i + 1) * 1000).buffer).toString('base64'),
        ]),
      );
    };
    const expected = await rows(Array.from({ length: 32 }, (_, i) => i));
    for (const indices of [
      [7],
      [31],
      [3, 1],
      [9, 8, 7, 6, 5],
      Array.from({ length: 17 }, (_, i) => 31 - i),
    ]) {
      for (const [index, bits] of await rows(indices)) {
        expect(bits === expected.get(index), `image ${index} in a batch of ${indices.length}`).toBe(true);
      }
    }
    setup.dispose();
    tf.dispose([wide, setup.params as Record<string, tf.Tensor>]);
  });

  it('asks the network for the union of what is needed, once, and leaves nothing else', () => {
    const { teacher, params, dispose } = tinySetup(createRng(0));
    const asked: (readonly string[])[] = [];
    const network: Pick<typeof tinyNetwork, 'apply'> = {
      apply(p, buffers, images, want) {
        asked.push(want);
        return tinyNetwork.apply(p, buffers, images, want);
      },
    };
    const other = { ...tinyGuidance, name: 'other', needs: ['map', 'pool'] };
    const { images, labels } = tinyBatch([0, 1], createRng(1));
    const before = tf.memory().numTensors;
    const records = teacherRecords({ ...teacher, network, regularizers: [tinyGuidance, other] }, images);
    expect(tf.memory().numTensors - before).toBe(2);
    expect(asked).toEqual([['pool', 'map']]);
    expect(teacherRecords({ ...teacher, network, regularizers: [] }, images)).toEqual({});
    expect(asked).toHaveLength(1);
    disposeRecords(records);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([images, labels, params as Record<string, tf.Tensor>]);
    dispose();
  });
});
