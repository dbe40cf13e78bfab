import { createRng } from '@syn2real/core';
import { svgToPng } from '../svg-to-png.js';
import { writeFeatures } from '../folder/features.js';
import { writeSamples } from '../folder/samples.js';
import { lines, writeRun } from './write-runs.js';

const scene = (fill: string): Uint8Array =>
  new Uint8Array(
    svgToPng(
      `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48"><rect width="96" height="48" fill="${fill}"/><circle cx="30" cy="24" r="14" fill="#804080"/></svg>`,
      { scale: 1, padding: 0 },
    ),
  );

export interface WholeRunsOptions {
  seeds?: number;
  points?: number;
  /** A class's name and a method's label. */
  hostile?: string;
}

/** Invented folders with all that a report can show: of classification, self-training, segmentation and a policy's training. */
export async function wholeRuns(parent: string, { seeds = 2, points = 60, hostile }: WholeRunsOptions = {}): Promise<string[]> {
  const classes = ['car', 'bus', hostile ?? 'plant'];
  const dirs: string[] = [];
  for (const [m, method] of ['naive', 'asg', 'asg-mrkld'].entries()) {
    for (let seed = 0; seed < seeds; seed += 1) {
      const rng = createRng(seed + 10 * m);
      const recall = classes.map((_, i) => 0.5 + 0.1 * m + 0.05 * i + 0.02 * rng.uniform());
      const target = { meanClassAccuracy: recall.reduce((a, b) => a + b) / 3, perClass: recall };
      const epoch = (n: number) => ({
        kind: 'epoch',
        epoch: n,
        step: 10 * n,
        taskLoss: 2 / (n + 1),
        distance: { conv1: 0.1 * n, layer4: 0.3 * n },
        source: { meanClassAccuracy: 0.9 },
        retention: { accuracy: 0.9 - 0.02 * n, agreement: 1 - 0.02 * n, kl: 0.01 * n },
        target: { ...target, meanClassAccuracy: target.meanClassAccuracy - 0.1 / (n + 1) },
      });
      const round = (n: number) => ({
        kind: 'round',
        round: n,
        portion: 0.2 * n,
        selected: 0.19 * n,
        selectedPerClass: [0.2, null, 0.1],
        agreement: n === 1 ? null : 0.9 + 0.02 * n,
        entropy: 0.6 / n,
        target: { meanClassAccuracy: target.meanClassAccuracy + 0.01 * n },
        oracle: { pseudoLabelAccuracy: 0.8 + 0.01 * n },
      });
      const trained = method === 'asg-mrkld' ? [round(1), round(2), round(3)] : [epoch(0), epoch(1), epoch(2)];
      const dir = writeRun(parent, `${method}-${seed}`, {
        summary: {
          method,
          label: m === 0 && hostile !== undefined ? hostile : ['Naive', 'ASG', 'ASG + MRKLD'][m],
          seed,
          selection: 'last',
          classes,
          source: { meanClassAccuracy: 0.9 },
          retention: { accuracy: 0.86 },
          target: {
            ...target,
            epoch: 2,
            confusion: classes.map((_, i) => classes.map((__, j) => (i === j ? Math.round(100 * recall[i]!) : 20))),
          },
          oracle: { bestEpoch: 2, meanClassAccuracy: target.meanClassAccuracy },
          seconds: 30,
        },
        log: lines(...trained),
      });
      if (seed === 0) {
        const labels = Int32Array.from({ length: points }, (_, i) => i % 3);
        const values = Float32Array.from({ length: points * 8 }, (_, k) => (labels[k >> 3] === k % 3 ? 2 + m : 0) + rng.normal());
        await writeFeatures(dir, { values, count: points, dimensions: 8, labels });
        writeSamples(dir, {
          samples: ['a', 'b'].map((id, i) => ({
            id: hostile === undefined ? id : `${hostile}${i}`,
            image: scene('#8ac'),
            truthLabel: classes[i]!,
            predictedLabel: classes[m === 0 ? 2 : i]!,
          })),
        });
      }
      dirs.push(dir);
    }
  }
  for (const [m, method] of ['naive', 'asg'].entries()) {
    const iou = [0.4 + 0.1 * m, null, 0.3];
    const dense = { meanIou: 0.35 + 0.05 * m, perClassIou: iou, pixelAccuracy: 0.8 };
    const dir = writeRun(parent, `dense-${method}`, {
      summary: {
        method,
        label: ['Naive', 'ASG'][m],
        seed: 0,
        task: 'segmentation',
        classes: ['road', 'sky', 'car'],
        target: { ...dense, epoch: 2, confusion: [[9000, 10, 10], [0, 0, 0], [500, 40, 900]] },
        oracle: { bestEpoch: 2, meanIou: dense.meanIou },
      },
      log: lines(...[1, 2].map((n) => ({ kind: 'epoch', epoch: n, target: { ...dense, meanIou: dense.meanIou - 0.1 / n } }))),
    });
    writeSamples(dir, {
      samples: ['x', 'y'].map((id) => ({ id, image: scene('#567'), truth: scene('#232'), prediction: scene('#483') })),
      legend: [
        { name: 'road', color: '#804080' },
        { name: 'car', color: '#00008e' },
      ],
    });
    dirs.push(dir);
  }
  dirs.push(
    writeRun(parent, 'policy-0', {
      summary: { kind: 'policy', seed: 0 },
      log: lines(
        ...Array.from({ length: 30 }, (_, index) => ({
          kind: 'decision',
          index,
          scales: { conv1: Math.min(1, 0.03 * index), layer4: Math.max(0, 1 - 0.03 * index) },
        })),
      ),
    }),
  );
  return dirs;
}
