import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { distinctRows, parseOptions, type StartChild, toArguments } from '@syn2real/cli';
import { createRng } from '@syn2real/core';
import { writeSamples } from '@syn2real/report';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRecipe, recipeOptions } from '../config/train-options.js';
import { miniBenchmark } from './benchmark.js';
import { planOf, type ReproduceOptions } from './plan.js';
import { reproduce } from './reproduce.js';
import { rowsOf } from './rows.js';
import { type Suite, suitesOf } from './suites.js';
import { sweepTrial, trialOf } from './trial.js';

let root: string;
let png: Buffer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'reproduce-'));
  png = await sharp({ create: { width: 8, height: 4, channels: 3, background: '#456' } })
    .png()
    .toBuffer();
});
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const { sheet: _, ...benchmark } = miniBenchmark({ data: 'data', epochs: 4, heldOut: 100 });
const optionsOf = (suite: Suite | 'all', seeds: number): Omit<ReproduceOptions, 'out'> => ({
  benchmark,
  suites: suitesOf(suite, benchmark),
  seeds,
  jobs: 2,
  policyEpochs: 2,
});

/** Writes a run folder with invented numbers in place of training. */
function standIn() {
  const commands: (readonly string[])[] = [];
  const start: StartChild = (args) => {
    commands.push(args);
    const of = (flag: string): string => args[args.indexOf(flag) + 1]!;
    const dir = of('--out');
    mkdirSync(dir, { recursive: true });
    const seed = Number(of('--seed'));
    const noise = (name: string): number => createRng(seed).split(name).split(args.join(' ')).uniform() / 10;
    const write = (name: string, lines: readonly object[]) =>
      writeFileSync(join(dir, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    if (args[0] === 'train-policy') {
      write(
        'log.jsonl',
        Array.from({ length: 20 }, (_, index) => ({
          kind: 'decision',
          index,
          scales: { conv1: noise(`${index}`) * 10, classifier: 1 },
        })),
      );
      write('summary.json', [{ kind: 'policy', seed }]);
      return { ended: Promise.resolve(0), stop: () => {} };
    }
    const measured = args.includes('never')
      ? null
      : { meanIou: 0.3 + noise('target'), perClassIou: [0.2, null] };
    const retention = { accuracy: 0.9 - noise('kept'), agreement: 0.8, kl: 0.1 };
    const epoch = (n: number) => ({ kind: 'epoch', epoch: n, step: n, retention, target: measured });
    write('log.jsonl', [epoch(0), epoch(1)]);
    const summary = {
      method: of('--method'),
      label: of('--label'),
      task: 'segmentation',
      seed,
      selection: 'last',
      source: { meanIou: 0.5, heldOut: true },
      retention,
      target: measured && { ...measured, epoch: 1 },
      classes: ['a', 'b'],
      seconds: 1,
    };
    write('summary.json', [summary]);
    if (measured !== null) {
      writeSamples(dir, {
        samples: [{ id: 'page1_000001', image: png, truth: png, prediction: png }],
        legend: [{ name: 'a', color: '#445566' }],
      });
    }
    return { ended: Promise.resolve(0), stop: () => {} };
  };
  return { start, commands };
}

async function reproduced(suite: Suite | 'all', name: string, seeds = 2) {
  const { start, commands } = standIn();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const stop = { signal: undefined, exitCode: undefined, dispose: () => {} };
  await reproduce({ ...optionsOf(suite, seeds), out: join(root, name) }, { start, stream, stop });
  return {
    commands,
    files: readdirSync(join(root, name)),
    read: (file: string): string => readFileSync(join(root, name, file), 'utf8'),
  };
}

describe('a whole suite, with invented runs', () => {
  it('trains policies, then what waits for them, and writes table, figures, grid and report', async () => {
    const { commands, files, read } = await reproduced('all', 'all');
    expect(commands.filter(([command]) => command === 'train-policy')).toHaveLength(2);
    const learned = commands.filter((args) => args.includes('asg') && args[0] === 'train');
    expect(learned.map((args) => args[args.indexOf('--policy') + 1])).toEqual([
      expect.stringMatching(/policy-seed0-\w+\/policy\.safetensors$/),
      expect.stringMatching(/policy-seed1-\w+\/policy\.safetensors$/),
    ]);
    expect(files).toEqual(
      expect.arrayContaining([
        'table3.md',
        'table3.csv',
        'table3-classes.svg',
        'fig7.svg',
        'fig7-retention.png',
        'fig8.svg',
        'fig8-seed1.png',
        'fig9.png',
        'report.html',
      ]),
    );
    const factorOf = (args: readonly string[]): string | undefined => {
      const at = args.indexOf('--backbone-factor');
      return at < 0 ? undefined : args[at + 1];
    };
    const rated = commands.filter((args) =>
      ['asg', 'random', 'fixed', 'train-policy'].some((word) => args.includes(word)),
    );
    expect(new Set(rated.map(factorOf))).toEqual(new Set(['0.1']));
    expect(new Set(commands.map(factorOf))).toEqual(new Set(['0.1', '0.01']));
    const table = read('table3.md');
    expect(table.match(/^\| /gm)).toHaveLength(2 + 9);
    expect(table).toContain('Target % (mean IoU, last epoch)');
    expect(table).toMatch(/\| ASG \(PG \+ learned rates\) \|.*\| 31\.5 \|.*\| \+11\.6 \|/);
    expect(read('report.html')).toContain('page1_000001');
  });

  it('of other methods sweeps each, without the target', async () => {
    const { commands, files, read } = await reproduced('others', 'others', 1);
    expect(commands.filter((args) => args.includes('never'))).toHaveLength(8 * 3);
    expect(files).toContain('sweep.md');
    expect(read('others.md').match(/^\| /gm)).toHaveLength(2 + 11);
  });
});

describe('rows', () => {
  it('set rates by hand for the groups of the very network', () => {
    const scalesOn = (backbone: string) =>
      rowsOf({ ...benchmark, given: { ...benchmark.given, backbone } }).controlled.find(
        ({ id }) => id === 'fixed',
      )!.given.scales;
    expect(scalesOn('resnet10-28')).toBe('classifier=1,layer4=0.5,layer3=0.4,layer2=0.3,layer1=0.2,*=0.1');
    expect(scalesOn('vgg16-fcn')).toMatch(/^classifier=1,\w+=0\.5,conv5=0\.4,conv4=0\.3,conv3=0\.2,\*=0\.1$/);
  });
});

describe('trials', () => {
  const plan = planOf({ ...optionsOf('all', 2), out: 'names' });

  it('of all tables and figures: no two settings under one name', () => {
    const rows = distinctRows([...suitesOf('all', benchmark), ...suitesOf('others', benchmark)]);
    const byName = new Map<string, string>();
    for (const row of rows) {
      const at = { seed: 0, ...(row.policy ? { policy: 'p/policy-0/policy.safetensors' } : {}) };
      const lambda = row.sweep?.[0];
      const { name, recipe } = plan.trialOf(row, { ...at, ...(lambda === undefined ? {} : { lambda }) });
      expect(byName.get(name)).toBeUndefined();
      byName.set(name, JSON.stringify(recipe));
    }
    expect(byName.size).toBe(rows.length);
  });

  it('keep their name where data lie elsewhere, and get another for any other setting', () => {
    const of = (given: object) =>
      trialOf(
        { ...benchmark, given: { ...benchmark.given, ...given } },
        { label: 'x', given: { method: 'l2' }, seed: 0 },
      ).name;
    expect(of({ source: 'elsewhere', target: 't', retention: 'r' })).toBe(of({}));
    for (const other of [{ epochs: 5 }, { lambda: 2 }, { crop: 32 }, { weights: 'w' }, { grid: '4x4' }])
      expect(of(other)).not.toBe(of({}));
  });

  it('as arguments say the same recipe', () => {
    for (const row of plan.rows) {
      const { recipe } = plan.trialOf(row, { seed: 1, policy: 'p/policy-1/policy.safetensors' });
      const args = toArguments(recipeOptions, recipe);
      const given: Record<string, string | true> = {};
      for (let i = 0; i < args.length; i++) {
        const key = args[i]!.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
        given[key] = args[i + 1]?.startsWith('--') === false ? args[++i]! : true;
      }
      expect(parseRecipe(given)).toEqual(recipe);
      expect(parseOptions(recipeOptions, given)).toEqual(recipe);
    }
  });

  it('of a sweep never read the target, and train with a seed that is not reported', () => {
    const row = suitesOf('others', benchmark)[0]!.rows.find(({ id }) => id === 'road')!;
    const trial = sweepTrial({ ...benchmark, given: { ...benchmark.given, sourceHeldOut: 0 } }, row, 0.1);
    expect(trial.recipe).toMatchObject({ seed: 1000, lambda: 0.1, sourceHeldOut: 100 });
    expect(trial.settings.measureTarget).toBe('never');
  });
});
