import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, tf } from '@syn2real/core';
import { decodeLabel } from '@syn2real/datasets';
import { readRuns } from '@syn2real/report';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../testing/capture.js';
import { type DenseFixture, makeDenseFixture, shortDenseTraining } from '../testing/dense-fixture.js';
import { lines } from '../testing/fixture.js';
import { minedDraw } from './mined-draw.js';

let fixture: DenseFixture;
let root: string;
let start: string;
let first: string;

const options = (out: string): string[] => shortDenseTraining(fixture, out);
const summaryOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'));

beforeAll(async () => {
  fixture = await makeDenseFixture();
  ({ root, start } = fixture);
  first = join(root, 'first');
  const { code, err } = await run([...options(first), '--method', 'mrkld']);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
}, 600_000);
afterAll(() => fixture.remove());

it('adapts a segmentation run: rounds, numbers, the oracle apart', () => {
  const summary = summaryOf(first);
  expect(summary).toMatchObject({
    task: 'segmentation',
    method: 'mrkld',
    epoch: 2,
    source: { images: 2 },
    target: { images: 3, epoch: 2 },
    oracle: { readings: 5, pseudoLabelAccuracy: expect.any(Number) },
  });
  expect(summary.start.target.meanIou).toBeCloseTo(summaryOf(start).target.meanIou, 12);
  const rounds = lines(join(first, 'log.jsonl')).filter(({ kind }) => kind === 'round');
  expect(rounds.map(({ round }) => round)).toEqual([1, 2]);
  expect(rounds[1]!.agreement).not.toBeNull();
  const [record] = readRuns([first]);
  expect(record!.rounds).toHaveLength(2);
  expect(record!.rounds![1]!.pseudoLabelAccuracy).toBe(summary.oracle.pseudoLabelAccuracy);
  expect(lines(join(first, 'ledger.jsonl')).map(({ purpose }) => purpose)).toEqual([
    'mIoU after the start',
    'mIoU after round 1',
    'pseudo-labels of round 1',
    'mIoU after round 2',
    'pseudo-labels of round 2',
  ]);
  expect(record!.task).toBe('segmentation');
});

it('keeps pseudo-labels and confidences as PNG, as many as the report says', () => {
  const { rounds } = summaryOf(first);
  const folder = join(first, 'pseudo', 'round-1');
  const labels = [0, 1, 2].map((i) => decodeLabel(readFileSync(join(folder, 'labels', `00000${i}.png`))));
  const pixels = labels.flatMap(({ values }) => [...values]);
  expect(pixels).toHaveLength(rounds[1].samples);
  const table = JSON.parse(readFileSync(join(root, 'data', 'gta5', 'labels.json'), 'utf8')) as {
    id: number;
    trainId: number;
  }[];
  const counted = new Set(table.filter(({ trainId }) => trainId !== 255).map(({ id }) => id));
  const labelled = pixels.filter((value) => counted.has(value)).length;
  expect(labelled / pixels.length).toBeCloseTo(rounds[1].selected, 9);
  const confidence = decodeLabel(readFileSync(join(folder, 'confidence', '000000.png')));
  expect([confidence.width, confidence.height]).toEqual([labels[0]!.width, labels[0]!.height]);
});

it('goes on with the same bits where it was stopped, and leaves no tensor', async () => {
  const out = join(root, 'stopped');
  const before = tf.memory().numTensors;
  const args = [...options(out), '--method', 'mrkld', '--checkpoint-every', '1'];
  const log = join(out, 'log.jsonl');
  const watch = setInterval(() => {
    if (!existsSync(log) || !readFileSync(log, 'utf8').includes('"kind":"step"')) return;
    clearInterval(watch);
    process.emit('SIGINT');
  }, 1);
  const { code } = await run(args);
  clearInterval(watch);
  expect(code).toBe(130);
  expect(existsSync(join(out, 'summary.json'))).toBe(false);
  expect((await run([...args, '--resume'])).code).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
  const bytes = (dir: string, file: string) => readFileSync(join(dir, file));
  for (const file of ['model.safetensors', 'pseudo/round-1/round.json', 'pseudo/round-1/labels/000001.png']) {
    expect(bytes(out, file).equals(bytes(first, file)), file).toBe(true);
  }
}, 600_000);

it('evaluate finds the number of the run again', async () => {
  const { code, out } = await run(['evaluate', first, '--', '--json', '--workers', '0']);
  expect(code).toBe(0);
  expect(JSON.parse(out).meanIou).toBeCloseTo(summaryOf(first).target.meanIou, 12);
});

it('crops around rare classes hold one of their pixels, mirrored or not', () => {
  const [height, width, crop] = [40, 60, 16];
  const rng = createRng(3);
  for (let i = 0; i < 200; i++) {
    const pixel = rng.integer(height * width);
    const drawn = { mirror: i % 2 === 0, scale: 0.75 + 0.5 * rng.uniform(), top: 0, left: 0 };
    const image = { size: [height, width] as const, pixels: { 3: [pixel] } };
    const { top, left, scale, mirror } = minedDraw(drawn, image, { crop, probability: 1 }, rng);
    const inside = (place: number, length: number, at: number): void => {
      const scaled = Math.floor(length * scale);
      const origin = Math.floor(place * (scaled - crop + 1));
      expect(at * scale).toBeGreaterThanOrEqual(origin - 1);
      expect(at * scale).toBeLessThanOrEqual(origin + crop + 1);
    };
    const column = pixel % width;
    inside(top, height, Math.floor(pixel / width) + 0.5);
    inside(left, width, (mirror ? width - 1 - column : column) + 0.5);
  }
  const drawn = { mirror: false, scale: 1, top: 0.3, left: 0.7 };
  expect(minedDraw(drawn, { size: [40, 60], pixels: {} }, { crop, probability: 1 }, rng)).toEqual(drawn);
});
