import {
  cloneParams,
  crossEntropy,
  disposeParams,
  fixedSgd,
  klDivergence,
  type Params,
  tf,
  warmupPolyFloor,
} from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import mini from './goldens/trajectory-resnet10-28.json' with { type: 'json' };
import resnet18 from './goldens/trajectory-resnet18.json' with { type: 'json' };
import { floats, onPlainCpu } from './testing/backend.js';
import { hashedImages, hashedNetwork } from './testing/fixture.js';
import { expectSummary, type Summary } from './testing/summary.js';

interface Golden {
  network: string;
  steps: number;
  batches: number;
  input: number[];
  oldClasses: number;
  classes: number;
  labels: number[][];
  base: number;
  momentum: number;
  weightDecay: number;
  losses: { task: number; guidance: number }[];
  /** Of each parameter, its change over the whole training, and its norm at the end. */
  changes: Record<string, Summary & { of: number }>;
}

const TOLERANCE = 1e-3;
/** Of a parameter's norm: what 20 additions in float32 may lose. */
const ROUNDING = 1e-6;

describe.each([mini, resnet18] as unknown as Golden[])('$steps steps of ASG on $network', (golden) => {
  it.skipIf(onPlainCpu)(
    'follow PyTorch in both losses at every step and in every parameter at the end',
    async () => {
      const {
        backbone,
        old,
        head,
        params: first,
        buffers,
        oldParams,
      } = hashedNetwork(golden.network, golden.oldClasses, golden.classes);
      const optimizer = fixedSgd(backbone.groupOf, {
        momentum: golden.momentum,
        weightDecay: golden.weightDecay,
      });
      const schedule = warmupPolyFloor();
      const names = Object.keys(first);
      const batches = golden.labels.map((labels, at) => {
        const images = hashedImages(`images/${at}`, golden.input as [number, number, number, number]);
        const teacher = tf.tidy(
          () => old.apply(oldParams, backbone.apply(first, buffers, images, ['pool']).pool!) as tf.Tensor2D,
        );
        return { images, teacher, labels: tf.tensor1d(labels, 'int32') };
      });

      const start = cloneParams(first);
      let params: Params = first;
      let state = optimizer.init(params);
      for (let step = 0; step < golden.steps; step++) {
        const { images, teacher, labels } = batches[step % golden.batches]!;
        const lr = golden.base * schedule(step, golden.steps);
        const rates = Object.fromEntries(
          backbone.groups.map((group) => [group, group === 'classifier' ? lr : 0.1 * lr]),
        );
        const losses: tf.Tensor[] = [];
        const updated = tf.tidy(() => {
          const { grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
            const current = Object.fromEntries(names.map((name, at) => [name, values[at]!]));
            const { pool } = backbone.apply(current, buffers, images, ['pool']);
            const task = crossEntropy(head.apply(current, pool!), labels);
            const guidance = klDivergence(teacher, old.apply(oldParams, pool!) as tf.Tensor2D);
            losses.push(tf.keep(task), tf.keep(guidance));
            return task.add(guidance.mul(0.1));
          })(names.map((name) => params[name]!));
          return optimizer.update(
            Object.fromEntries(names.map((name, at) => [name, grads[at]!])),
            state,
            params,
            rates,
          );
        });
        const [task, guidance] = await Promise.all(losses.map(async (loss) => (await loss.data())[0]!));
        const wanted = golden.losses[step]!;
        expect(Math.abs(task! - wanted.task), `task loss of step ${step}`).toBeLessThanOrEqual(
          TOLERANCE * wanted.task,
        );
        expect(Math.abs(guidance! - wanted.guidance), `guidance of step ${step}`).toBeLessThanOrEqual(
          TOLERANCE * wanted.guidance + 1e-6,
        );
        tf.dispose(losses);
        disposeParams(params);
        disposeParams(state);
        ({ params, state } = updated);
      }
      for (const name of names) {
        const change = tf.tidy(() => params[name]!.sub(start[name]!));
        const wanted = golden.changes[name]!;
        const data = await floats(change);
        await expectSummary(
          `change/${name}`,
          { shape: change.shape, data },
          wanted,
          TOLERANCE,
          ROUNDING * wanted.of,
        );
        change.dispose();
      }
      for (const record of [params, start, state, buffers, oldParams]) disposeParams(record);
      tf.dispose(batches);
    },
  );
});
