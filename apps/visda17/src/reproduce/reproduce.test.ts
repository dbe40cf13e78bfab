import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { StartChild } from '@syn2real/cli';
import { createRng } from '@syn2real/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { miniBenchmark } from './benchmark.js';
import type { ReproduceOptions } from './options.js';
import { reproduce } from './reproduce.js';
import { rowsOf, type Suite } from './suites.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'reproduce-'));
});
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const stop = { signal: undefined, exitCode: undefined, dispose: () => {} };

/** Writes a run folder with invented numbers in place of training; `refuse` says which commands fail. */
function standIn(refuse: (args: readonly string[]) => boolean = () => false) {
  const commands: (readonly string[])[] = [];
  const start: StartChild = (args) => {
    commands.push(args);
    const of = (flag: string): string => args[args.indexOf(flag) + 1]!;
    if (refuse(args)) return { ended: Promise.resolve(1), stop: () => {} };
    const dir = of('--out');
    mkdirSync(dir, { recursive: true });
    const seed = Number(of('--seed'));
    const noise = (name: string): number => createRng(seed).split(name).split(args.join(' ')).uniform() / 10;
    if (args[0] === 'train-policy') {
      const decisions = Array.from({ length: 20 }, (_, index) => ({
        kind: 'decision',
        index,
        scales: { conv1: noise(`${index}`) * 10, classifier: 1 },
      }));
      writeFileSync(join(dir, 'log.jsonl'), decisions.map((line) => `${JSON.stringify(line)}\n`).join(''));
      writeFileSync(join(dir, 'summary.json'), JSON.stringify({ kind: 'policy', seed }));
    } else {
      const measured = of('--measure-target') !== 'never';
      const epochs = [0, 1].map((epoch) => ({
        kind: 'epoch',
        epoch,
        step: epoch,
        retention: {
          accuracy: 0.9 - noise('kept'),
          agreement: 0.8,
          kl: epoch * 0.1,
          images: 9,
          on: 'retention',
        },
        distance: { conv1: epoch, layer1: 2 * epoch },
        ...(epoch > 0 && measured
          ? { target: { meanClassAccuracy: 0.6 + noise('target'), perClass: [] } }
          : {}),
      }));
      writeFileSync(join(dir, 'log.jsonl'), epochs.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const summary = {
        method: of('--method'),
        label: of('--label'),
        seed,
        selection: 'last',
        source: { meanClassAccuracy: 0.99, images: 9, heldOut: true },
        retention: { accuracy: 0.9 - noise('kept'), agreement: 0.8 },
        target: { meanClassAccuracy: measured ? 0.6 + noise('target') : null, epoch: 1 },
        seconds: 1,
      };
      writeFileSync(join(dir, 'summary.json'), JSON.stringify(summary));
    }
    return { ended: Promise.resolve(0), stop: () => {} };
  };
  return { start, commands };
}

async function reproduced(what: Suite | 'all', name: string, start: StartChild, seeds = 2) {
  const { sheet: _, ...benchmark } = miniBenchmark({ data: 'data', epochs: 1, source: 100, warmup: 1 });
  const options: ReproduceOptions = {
    benchmark,
    suites: rowsOf(what, benchmark),
    seeds,
    jobs: 2,
    out: join(root, name),
    policyEpochs: 2,
  };
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const stream = new Writable({
    write(text, _encoding, done) {
      printed += String(text);
      done();
    },
  });
  const failure = await reproduce(options, { start, stream, stop }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const read = (file: string): string => readFileSync(join(root, name, file), 'utf8');
  return { failure, printed, read, files: () => readdirSync(join(root, name)) };
}

describe('a whole suite, with invented runs', () => {
  it('sweeps, trains policies, then what waits for them, and writes everything', async () => {
    const { start, commands } = standIn();
    const { failure, read, files, printed } = await reproduced('all', 'all', start);
    expect(failure).toBeUndefined();
    const sweeps = commands.filter((args) => args.includes('never'));
    expect(sweeps).toHaveLength(9);
    expect(commands.filter(([command]) => command === 'train-policy')).toHaveLength(2);
    const at = (wanted: (args: readonly string[]) => boolean) => commands.findIndex(wanted);
    const learned = commands.filter((args) => args.includes('asg') && args[0] === 'train');
    expect(learned).toHaveLength(2);
    expect(learned.map((args) => args[args.indexOf('--policy') + 1])).toEqual([
      expect.stringMatching(/policy-seed0-\w+\/policy\.safetensors$/),
      expect.stringMatching(/policy-seed1-\w+\/policy\.safetensors$/),
    ]);
    expect(at((args) => args.includes('asg') && args[0] === 'train')).toBeGreaterThan(
      commands.indexOf(sweeps.at(-1)!),
    );
    expect(new Set(commands.map((args) => args[args.indexOf('--out') + 1])).size).toBe(commands.length);
    expect(printed).toContain(`${commands.length}/${commands.length} `);
    for (const name of ['table1', 'table2', 'fig1', 'fig5', 'fig6', 'fig8']) {
      if (name !== 'fig8') expect(files()).toEqual(expect.arrayContaining([`${name}.md`, `${name}.csv`]));
      if (name.startsWith('fig'))
        expect(files()).toEqual(expect.arrayContaining([`${name}.svg`, `${name}.png`]));
    }
    expect(files()).toEqual(
      expect.arrayContaining(['report.html', 'sweep.md', 'fig6-pairs.md', 'fig8-seed1.svg']),
    );
    expect(read('table2.md').match(/^\| /gm)).toHaveLength(2 + 12);
    expect(read('fig6-pairs.md')).toMatch(/ASG \(PG \+ learned rates\) − random rates \+ PG/);
    expect(read('sweep.md')).toContain('The target’s labels are not read'.replace('’', "'"));
    for (const part of [
      'Table 1',
      'Table 2',
      'Figure 8',
      'Coefficients',
      'What is forgotten',
      'Distance by group: SI',
      'What it took',
    ])
      expect(read('report.html')).toContain(part);
  });

  it('takes the coefficient that the sweep chose', async () => {
    const { start, commands } = standIn();
    const { read } = await reproduced('table2', 'chosen', start, 1);
    const chosen = /^\| ROAD \| \*\*([\d.]+)\*\*/m.exec(read('sweep.md'))![1];
    const road = commands.find((args) => args.includes('road') && !args.includes('never'))!;
    expect(road[road.indexOf('--lambda') + 1]).toBe(chosen);
  });

  it('goes on where it was: nothing runs twice', async () => {
    const { start, commands } = standIn();
    await reproduced('fig6', 'again', start);
    const count = commands.length;
    const { failure } = await reproduced('fig6', 'again', start);
    expect([failure, commands.length]).toEqual([undefined, count]);
  });

  it('names what failed, leaves out what depends on it, and still writes the rest', async () => {
    const { start } = standIn(
      (args) => args[0] === 'train-policy' || (args.includes('road') && args.includes('never')),
    );
    const { failure, read } = await reproduced('table2', 'failed', start, 1);
    expect(failure).toMatch(/4 trials failed/);
    expect(failure).toMatch(/policy, seed 0: exit 1, see .*policy-seed0-\w+\.log/);
    expect(read('table2.md')).toMatch(/ROAD: no result; it failed, or what it depends on did\./);
    expect(read('table2.md')).toMatch(/ASG .*: no result; it failed/);
    expect(read('table2.md')).toContain('| small backbone rate |');
    expect(read('sweep.md')).toContain('| ROAD | 1 | failed | failed |');
  });
});
