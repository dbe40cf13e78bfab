import { readFileSync } from 'node:fs';
import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { type SelfTrainingRows, selfTrainingLoss, type WeightedConfidence } from './self-training-loss.js';

interface Golden {
  readonly logits: number[];
  readonly labels: number[];
  readonly target: number[];
  readonly rows: number;
  readonly classes: number;
  readonly losses: Record<string, { loss: number; grad: number[] }>;
}
const golden = JSON.parse(readFileSync(new URL('../goldens/losses.json', import.meta.url), 'utf8')) as Golden;

function lossAndGradient(rows: SelfTrainingRows, regulariser?: WeightedConfidence): [number, number[]] {
  return tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((logits) =>
      selfTrainingLoss({ ...rows, logits: logits as tf.Tensor2D }, regulariser),
    )([rows.logits]);
    return [value.dataSync()[0]!, Array.from(grads[0]!.dataSync())];
  });
}

function goldenRows(): SelfTrainingRows {
  const shape: [number, number] = [golden.rows, golden.classes];
  return {
    logits: tf.tensor2d(golden.logits, shape),
    labels: tf.tensor2d(golden.labels, shape),
    isTarget: tf.tensor1d(golden.target),
  };
}

describe('the loss of self-training', () => {
  it.each([
    ['none@0.0', undefined],
    ['mrkld@0.1', { name: 'mrkld', weight: 0.1 }],
    ['mrkld@0.01', { name: 'mrkld', weight: 0.1, applied: 'twice' }],
    ['mrl2@0.1', { name: 'mrl2', weight: 0.1 }],
    ['mrent@0.1', { name: 'mrent', weight: 0.1 }],
  ] as [string, WeightedConfidence | undefined][])(
    '%s and its gradient are PyTorch’s',
    (name, regulariser) => {
      const expected = golden.losses[name]!;
      const [loss, grad] = lossAndGradient(goldenRows(), regulariser);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expect(grad).toHaveLength(expected.grad.length);
      for (const [i, g] of expected.grad.entries()) expect(grad[i]).toBeCloseTo(g, 5);
    },
  );

  it('adds up several regularisers', () => {
    const rows = goldenRows();
    const of = (regularisers: readonly WeightedConfidence[]) =>
      tf.tidy(() => selfTrainingLoss(rows, regularisers).dataSync()[0]!);
    const mrkld = { name: 'mrkld', weight: 0.1 } as const;
    const mrent = { name: 'mrent', weight: 0.1 } as const;
    expect(of([mrkld, mrent])).toBeCloseTo(of([mrkld]) + of([mrent]) - of([]), 5);
  });

  it('over target rows, penalties are those of the target alone', () => {
    const rows = goldenRows();
    const mrkld = { name: 'mrkld', weight: 0.1 } as const;
    const of = (...more: [WeightedConfidence[], { penaltyOver: 'labelled' | 'target' }?]) =>
      tf.tidy(() => selfTrainingLoss(rows, ...more).dataSync()[0]!);
    const own = of([mrkld], { penaltyOver: 'target' }) - of([]);
    const shared = of([mrkld], { penaltyOver: 'labelled' }) - of([]);
    // five rows have labels, two of them of the target
    expect(own / shared).toBeCloseTo(5 / 2, 3);
  });

  it('is 0 with no gradient where no row has a label', () => {
    const rows = { ...goldenRows(), labels: tf.zeros([golden.rows, golden.classes]) as tf.Tensor2D };
    const [loss, grad] = lossAndGradient(rows, { name: 'mrkld', weight: 0.1 });
    expect(loss).toBeCloseTo(0, 12);
    for (const g of grad) expect(g).toBeCloseTo(0, 12);
  });

  it('leaves no tensors', () => {
    const rows = goldenRows();
    const before = tf.memory().numTensors;
    selfTrainingLoss(rows, { name: 'mrent', weight: 0.1 }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
