import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '@syn2real/cli';
import { createRng, tf } from '@syn2real/core';
import { createImageReader } from '@syn2real/datasets';
import { pseudoLabels } from '@syn2real/self-training';
import { loadStateDict } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../testing/capture.js';
import { type DenseFixture, makeDenseFixture, shortDenseTraining } from '../testing/dense-fixture.js';
import { killAfter } from '../testing/kill.js';
import { denseRecipeOptions } from './options.js';
import { pixelProbabilities } from './pixel-probabilities.js';
import { readRoundIndex, readShares } from './round-files.js';
import { openDenseSession } from './session.js';
import { settleDense } from './settle.js';

let fixture: DenseFixture;
beforeAll(async () => {
  fixture = await makeDenseFixture();
}, 200_000);
afterAll(() => fixture.remove());

const summaryOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8'));

/** A short run, of squares that may reach beyond their image. */
async function trained(name: string, ...options: string[]): Promise<string> {
  const out = join(fixture.root, name);
  const before = tf.memory().numTensors;
  const args = [...shortDenseTraining(fixture, out), '--crop', '40', '--mirror', '0.5', ...options];
  const { code, err } = await run(args);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
  return out;
}

/** Weights of a run, by name. */
async function weightsOf(dir: string): Promise<Record<string, Float32Array>> {
  const { tensors } = await loadStateDict(join(dir, 'model.safetensors'));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, new Float32Array(data.slice().buffer)]),
  );
}

describe('soft labels of pixels', () => {
  it('are those of the closed form, to within 1/255', async () => {
    const out = await trained('lrent', '--method', 'mrkld+lrent');
    const summary = summaryOf(out);
    expect(summary.rounds[0].selected).toBeGreaterThan(0.1);
    const asked = parseOptions(denseRecipeOptions, {
      init: fixture.start,
      method: 'lrent',
      adaptSplit: 'val',
    });
    const { recipe, weights } = settleDense({ ...asked, init: fixture.start });
    const session = await openDenseSession(recipe, weights, { workers: 0, offline: true });
    const reader = createImageReader({ images: session.target.images, workers: session.pool });
    const { images } = await readRoundIndex(out, 0);
    let mixed = 0;
    for await (const image of reader.read(Int32Array.of(0, 1, 2))) {
      const of = images[image.index]!;
      const probabilities = await pixelProbabilities(session.model, session.model.params, image, recipe);
      const { soft, classes } = pseudoLabels(probabilities, {
        lambda: summary.rounds[0].lambda,
        alpha: 0.25,
      });
      const shares = await readShares(out, 0, of);
      for (let pixel = 0; pixel < soft!.length / classes; pixel++) {
        for (let k = 0; k < classes; k++) {
          const share = (shares.find((plane) => plane.k === k)?.shares[pixel] ?? 0) / 255;
          if (share > 0 && share < 1) mixed += 1;
          if (Math.abs(share - soft![pixel * classes + k]!) >= 1 / 255 + 1e-6) {
            expect.fail(`image ${image.index}, pixel ${pixel}, class ${k}: ${share}`);
          }
        }
      }
    }
    expect(mixed).toBeGreaterThan(0);
    await reader.close();
    await session.close();
  }, 200_000);

  it('have hard labels as their limit: the same weights as CBST', async () => {
    const [soft, hard] = [
      await trained('limit', '--method', 'lrent', '--lrent', '0.0005'),
      await trained('cbst', '--method', 'cbst'),
    ];
    const file = 'pseudo/round-0/labels/000001.png';
    expect(readFileSync(join(soft, file)).equals(readFileSync(join(hard, file)))).toBe(true);
    const [a, b] = [await weightsOf(soft), await weightsOf(hard)];
    for (const [name, values] of Object.entries(a)) {
      const most = values.reduce((far, value, i) => Math.max(far, Math.abs(value - b[name]![i]!)), 0);
      expect(most, name).toBeLessThan(1e-4);
    }
  }, 200_000);

  it('train on the source alone where none is selected, and on all pixels where all are', async () => {
    const none = await trained('none', '--method', 'lrent', '--portion', '0', '--portion-cap', '0');
    expect(summaryOf(none).rounds.map(({ selected }: { selected: number }) => selected)).toEqual([0, 0]);
    expect(existsSync(join(none, 'pseudo', 'round-0', 'soft'))).toBe(false);
    expect(summaryOf(none).oracle.pseudoLabelAccuracy).toBeNull();
    const all = await trained('all', '--method', 'lrent', '--portion', '1', '--portion-cap', '1');
    expect(summaryOf(all).rounds[0].selected).toBeGreaterThan(0.999);
    expect(readdirSync(join(all, 'pseudo', 'round-0', 'soft'))).toHaveLength(3);
  }, 200_000);
});

describe('a mean teacher of pixels', () => {
  it('follows the student slowly, and is what is kept', async () => {
    const [still, moving] = [
      await trained('still', '--method', 'mean-teacher', '--ema-threshold', '0.3', '--ema-decay', '1'),
      await trained('moving', '--method', 'mean-teacher', '--ema-threshold', '0.3', '--ema-decay', '0.9'),
    ];
    const [start, a, b] = await Promise.all([fixture.start, still, moving].map(weightsOf));
    const name = 'layer4.0.conv1.weight';
    expect(a![name]).toEqual(start![name]);
    expect(b![name]).not.toEqual(start![name]);
    expect(summaryOf(moving).rounds[0]).toMatchObject({ portion: null, lambda: Array(11).fill(0.3) });
    expect(summaryOf(moving).target.meanIou).toBeGreaterThanOrEqual(0);
  }, 200_000);
});

describe('a run that is killed at a step', () => {
  it.each(['mrkld+lrent', 'mean-teacher'])(
    'ends with the bits of one that never was (%s)',
    async (method) => {
      const options = [
        ...['--method', method, '--ema-threshold', '0.3', '--crop', '40'],
        ...['--epochs-per-round', '2', '--checkpoint-every', '1'],
      ];
      const of = (name: string) => [...shortDenseTraining(fixture, join(fixture.root, name)), ...options];
      const [whole, killed] = [`whole-${method}`, `killed-${method}`];
      expect((await run(of(whole))).code).toBe(0);
      const rng = createRng(4);
      for (const resume of [[], ['--resume']]) {
        expect(await killAfter([...of(killed), ...resume], 2 + rng.integer(4))).toBeNull();
      }
      expect((await run([...of(killed), '--resume'])).code).toBe(0);
      const folder = (name: string) => join(fixture.root, name);
      const files = readdirSync(join(folder(whole), 'pseudo'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder(whole).length));
      expect(files.some((file) => file.includes('soft'))).toBe(method !== 'mean-teacher');
      for (const file of ['model.safetensors', ...files]) {
        const [a, b] = [whole, killed].map((name) => readFileSync(join(folder(name), file)));
        expect(a!.equals(b!), file).toBe(true);
      }
    },
    600_000,
  );
});
