import { crossEntropy, disposeParams, fixedSgd, type Params, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import golden from './goldens/training-resnet18.json' with { type: 'json' };
import { floats, onPlainCpu } from './testing/backend.js';
import { hashedImages, hashedNetwork } from './testing/fixture.js';
import { expectSummary, type Summary } from './testing/summary.js';

/** Of what PyTorch's float32 strays from PyTorch's float64 in the same training; `onnxruntime` stays below 0.6. */
const FACTOR = 1.5;
/** Least relative error that is allowed: the strays of single steps are as small as chance has it. */
const FLOOR = 2e-5;

/** The largest so far: once two trainings are apart, they stay so. */
function runningMaximum(values: readonly number[]): number[] {
  let largest = 0;
  return values.map((value) => {
    largest = Math.max(largest, value);
    return largest;
  });
}

describe(`${golden.steps} steps of plain training`, () => {
  it.skipIf(onPlainCpu)(
    'follow PyTorch as closely as float32 allows',
    async () => {
      const { backbone, old, head, params, buffers, oldParams } = hashedNetwork(
        'resnet18',
        golden.classes,
        2,
      );
      const inHead = Object.keys(head.paramShapes());
      const first = Object.fromEntries(Object.entries(params).filter(([name]) => !inHead.includes(name)));
      const start: Params = { ...first, ...oldParams };
      const names = Object.keys(start);
      const optimizer = fixedSgd(() => 'all', { momentum: golden.momentum, weightDecay: golden.weightDecay });
      const batches = golden.labels.map((labels, at) => ({
        images: hashedImages(`images/${at}`, golden.input as [number, number, number, number]),
        labels: tf.tensor1d(labels, 'int32'),
      }));
      const allowed = runningMaximum(golden.strays.losses);
      let current = start;
      let state = optimizer.init(current);
      for (let step = 0; step < golden.steps; step++) {
        const { images, labels } = batches[step % golden.batches]!;
        let value: tf.Tensor | undefined;
        const updated = tf.tidy(() => {
          const made = tf.valueAndGrads((...values: tf.Tensor[]) => {
            const at = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
            return crossEntropy(old.apply(at, backbone.apply(at, buffers, images, ['pool']).pool!), labels);
          })(names.map((name) => current[name]!));
          value = tf.keep(made.value);
          const grads = Object.fromEntries(names.map((name, i) => [name, made.grads[i]!]));
          return optimizer.update(grads, state, current, { all: golden.rate });
        });
        const [loss] = await floats(value!);
        const wanted = golden.losses[step]!;
        expect(Math.abs(loss! - wanted), `loss of step ${step}: ${loss} for ${wanted}`).toBeLessThanOrEqual(
          FACTOR * allowed[step]! + FLOOR * Math.max(1, wanted),
        );
        value!.dispose();
        if (current !== start) disposeParams(current);
        disposeParams(state);
        ({ params: current, state } = updated);
      }
      for (const [name, stray] of Object.entries(golden.strays.changes)) {
        const change = tf.tidy(() => current[name]!.sub(start[name]!));
        const wanted = golden.changes[name as keyof typeof golden.changes] as unknown as Summary;
        const data = await floats(change);
        await expectSummary(`change/${name}`, { shape: change.shape, data }, wanted, FACTOR * stray + FLOOR);
        change.dispose();
      }
      for (const record of [current, params, state, buffers, oldParams]) disposeParams(record);
      tf.dispose(batches);
    },
    600_000,
  );
});
