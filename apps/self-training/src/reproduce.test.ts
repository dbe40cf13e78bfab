import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runProgram, type StartChild } from '@syn2real/cli';
import { writeFeatures } from '@syn2real/report';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reproduceCommand } from './commands/reproduce.js';
import { run } from './testing/capture.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'self-training-suite-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Stands in for processes: writes what a run of the given target accuracy leaves. */
function standIn({ fails = '' } = {}) {
  const started: string[][] = [];
  const start: StartChild = (args) => {
    started.push([...args]);
    const after = (flag: string): string => (args.includes(flag) ? args[args.indexOf(flag) + 1]! : '');
    const command = args[0] === 'visda17' ? args[1] : args[0];
    const dir = command === 'features' ? args[1]! : after('--out');
    const work = async (): Promise<number> => {
      if (fails !== '' && after('--method') === fails) return 1;
      mkdirSync(dir, { recursive: true });
      if (command === 'features') {
        const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
        const labels = Int32Array.from({ length: 20 }, (_, i) => i % 10);
        await writeFeatures(dir, { values, count: 20, dimensions: 3, labels });
        return 0;
      }
      if (command === 'train') expect(existsSync(after('--init') || root)).toBe(true);
      const method = after('--method') || 'policy';
      const seed = Number(after('--seed'));
      const meanClassAccuracy = 0.6 + 0.01 * seed + (method === 'mrkld' ? 0.2 : 0);
      const perClass = Array(10).fill(meanClassAccuracy);
      const classes = perClass.map((_, k) => String(k));
      const target = { meanClassAccuracy, perClass, epoch: 1 };
      const numbers = {
        source: { meanClassAccuracy: 0.9 },
        target,
        oracle: { bestEpoch: 1, meanClassAccuracy },
      };
      const summary = { method, label: method, seed, selection: 'last', epoch: 1, classes, ...numbers };
      writeFileSync(join(dir, 'config.json'), JSON.stringify({ seed }));
      writeFileSync(join(dir, 'log.jsonl'), '');
      writeFileSync(join(dir, 'summary.json'), JSON.stringify(summary));
      return 0;
    };
    return { ended: work(), stop: () => {} };
  };
  return { start, started };
}

function reproduce(args: string[], start: StartChild) {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const command = () => reproduceCommand({ start, stream });
  const program = { name: 'self-training', description: '', commands: [command] };
  const small = ['--source', '20', '--target', '20', '--out', root];
  return run(['reproduce', ...args, ...small], (given) => runProgram(program, given));
}

it('makes policies and starts first, then what begins from them, and a table beside the paper', async () => {
  const { start, started } = standIn();
  const { code, err, out } = await reproduce(['table4', '--seeds', '2', '--jobs', '1'], start);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  expect(out).toContain('ASG + CRST (MRKLD)');
  const kinds = started.map((args) => (args[0] === 'visda17' ? `start ${args[1]}` : args[0]));
  expect(kinds.slice(0, 4)).toEqual([
    'start train-policy',
    'start train-policy',
    'start train',
    'start train',
  ]);
  expect(kinds.filter((kind) => kind === 'train')).toHaveLength(2 * 2 * 5);
  const table = readFileSync(join(root, 'table4.md'), 'utf8');
  const row = table.split('\n').find((line) => line.startsWith('| ASG + CRST (MRKLD) '))!;
  expect(row.split('|').map((cell) => cell.trim())).toEqual([
    '',
    'ASG + CRST (MRKLD)',
    '**80.5 (0.7)**',
    '84.6 (0.4)',
    '+20.0 ± 0.0',
    '+23.5',
    '90.0 (0.0)',
    '—',
    '80.5 (0.7)',
    '2',
    '',
  ]);
  expect(readFileSync(join(root, 'table4.csv'), 'utf8').split('\n')[0]).toContain('paper_target_percent');
  expect(readFileSync(join(root, 'self-training.html'), 'utf8')).toContain('Table 4');
  const again = standIn();
  expect((await reproduce(['table4', '--seeds', '2', '--jobs', '1'], again.start)).code).toBe(0);
  expect(again.started).toEqual([]);
});

it('names what failed, and goes on without it', async () => {
  const { start } = standIn({ fails: 'shot' });
  const { code, err } = await reproduce(['table4', '--seeds', '1', '--jobs', '2'], start);
  expect(code).toBe(1);
  expect(err).toMatch(/2 trials failed[\s\S]*Source \+ SHOT, seed 0: exit 1/);
  const table = readFileSync(join(root, 'table4.md'), 'utf8');
  expect(table).toContain('Source + SHOT: no result for seed 0.');
  expect(table).toContain('| ASG + mean teacher |');
});

it('draws the features of four models', async () => {
  const { start, started } = standIn();
  const { code, err } = await reproduce(['fig10', '--embedding', 'umap', '--jobs', '1'], start);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  expect(started.filter(([command]) => command === 'features')).toHaveLength(4);
  expect(
    started.filter(([command]) => command === 'train').map((args) => args[args.indexOf('--method') + 1]),
  ).toEqual(['cbst', 'mrkld', 'mrkld']);
  for (const name of ['source-alone', 'source-cbst', 'source-crst-mrkld', 'asg-crst-mrkld']) {
    expect(readFileSync(join(root, 'fig10', `${name}.svg`), 'utf8')).toContain('20 points');
    expect(existsSync(join(root, 'fig10', `${name}.png`))).toBe(true);
  }
  expect(readFileSync(join(root, 'fig10.svg'), 'utf8').match(/20 points/g)).toHaveLength(4);
  expect(existsSync(join(root, 'fig10.png'))).toBe(true);
});
