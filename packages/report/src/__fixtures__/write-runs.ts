import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@syn2real/core';

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'syn2real-report-'));

export interface RunFiles {
  summary?: unknown;
  log?: string;
  config?: unknown;
  fingerprint?: unknown;
}

/** Writes a run folder from values; a file whose value is undefined is left out, a string is written as it is. */
export function writeRun(parent: string, name: string, files: RunFiles): string {
  const dir = join(parent, name);
  mkdirSync(dir, { recursive: true });
  const json = { 'summary.json': files.summary, 'config.json': files.config, 'fingerprint.json': files.fingerprint };
  for (const [file, value] of Object.entries(json)) {
    if (value === undefined) continue;
    writeFileSync(join(dir, file), typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  }
  if (files.log !== undefined) writeFileSync(join(dir, 'log.jsonl'), files.log);
  return dir;
}

export const lines = (...values: unknown[]): string => values.map((v) => `${JSON.stringify(v)}\n`).join('');

/** Invented runs in the shape that training writes: rising or falling to `end` from the values before training. */
const invented = [
  { method: 'head-only', label: 'Head only', target: 0.478, retention: 0.9, source: 0.85 },
  { method: 'naive', label: 'Naive fine-tuning, small backbone rate', target: 0.605, retention: 0.78, source: 0.99 },
  { method: 'naive', label: 'Naive fine-tuning, large backbone rate', target: 0.57, retention: 0.31, source: 0.995 },
  { method: 'proxy-guidance', label: 'Proxy guidance', target: 0.643, retention: 0.87, source: 0.98 },
];

export function inventedRuns(parent: string, seeds: number, epochs = 8): string[] {
  return invented.flatMap(({ method, label, target, retention, source }) =>
    Array.from({ length: seeds }, (_, seed) => {
      const rng = createRng(seed + 17);
      const noise = (): number => (rng.uniform() - 0.5) * 0.03;
      const log: unknown[] = [{ kind: 'start', seed }];
      let last = { target: 0, retention: 0, source: 0 };
      let best = { epoch: 0, target: 0 };
      for (let epoch = 0; epoch <= epochs; epoch += 1) {
        const done = 1 - Math.exp((-3 * epoch) / epochs);
        last = {
          target: 0.1 + (target - 0.1) * done + noise() * Math.min(1, epoch),
          retention: 0.905 + (retention - 0.905) * done + noise() * 0.5 * Math.min(1, epoch),
          source: 0.1 + (source - 0.1) * done,
        };
        if (last.target > best.target) best = { epoch, target: last.target };
        log.push({ kind: 'step', step: epoch * 125, taskLoss: 2.3 - done });
        log.push({
          kind: 'epoch',
          epoch,
          step: epoch * 125,
          taskLoss: 2.3 - 2 * done,
          regularizerLoss: 0.1 * done,
          source: { meanClassAccuracy: last.source },
          retention: { accuracy: last.retention, agreement: last.retention },
          target: { meanClassAccuracy: last.target, perClass: Array.from({ length: 10 }, () => last.target) },
        });
        log.push({ kind: 'oracle', epoch, target: last.target });
      }
      return writeRun(parent, `${label.toLowerCase().replaceAll(/[^a-z]+/g, '-')}-${seed}`, {
        summary: {
          method,
          label,
          seed,
          selection: 'last',
          source: { meanClassAccuracy: last.source },
          target: { meanClassAccuracy: last.target, epoch: epochs },
          retention: { accuracy: last.retention },
          oracle: { bestEpoch: best.epoch, meanClassAccuracy: best.target },
          seconds: 41.2 + seed,
          classes: Array.from({ length: 10 }, (_, i) => String(i)),
        },
        log: lines(...log),
        config: { method, epochs, batchSize: 32, optimizer: { name: 'fixed-sgd', rate: 0.001, weightDecay: 5e-4 } },
        fingerprint: {
          sha256: '9f2c5a0d1e3b4c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f',
          seed,
          selection: 'last',
          command: ['pnpm', 'visda17', 'train', '--method', method, '--seed', String(seed)],
        },
      });
    }),
  );
}
