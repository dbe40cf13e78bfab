import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runProgram, type StartChild } from '@syn2real/cli';
import { SEGMENTATION_RECIPE } from '@syn2real/minibench';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reproduceCommand } from '../commands/reproduce.js';
import { run } from '../testing/capture.js';
import { miniSegmentation } from './segmentation.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'self-training-segmentation-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Stands in for processes: writes what a run leaves, MRKLD 20 points above its start. */
function standIn() {
  const started: string[][] = [];
  const start: StartChild = (args) => {
    started.push([...args]);
    const after = (flag: string): string => args[args.indexOf(flag) + 1]!;
    const dir = after('--out');
    mkdirSync(dir, { recursive: true });
    const [method, seed] = [after('--method'), Number(after('--seed'))];
    const meanIou = 0.3 + 0.01 * seed + (method === 'mrkld' ? 0.2 : 0);
    const oracle = { pseudoLabelAccuracy: 0.75 };
    const summary = {
      task: 'segmentation',
      method,
      label: method,
      seed,
      selection: 'last',
      epoch: 1,
      classes: ['a', 'b'],
      source: { meanIou: 0.5 },
      target: { meanIou, perClassIou: [meanIou, null], epoch: 1 },
      oracle: { bestEpoch: 1, meanIou, ...oracle },
    };
    const round = { kind: 'round', round: 1, step: 4, portion: 0.2, selected: 0.2, oracle };
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ seed }));
    writeFileSync(
      join(dir, 'log.jsonl'),
      method === 'naive' ? '' : `${JSON.stringify({ ...round, target: { meanIou } })}\n`,
    );
    writeFileSync(join(dir, 'summary.json'), JSON.stringify(summary));
    return { ended: Promise.resolve(0), stop: () => {} };
  };
  return { start, started };
}

function reproduce(args: string[], start: StartChild) {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const command = () => reproduceCommand({ start, stream });
  const program = { name: 'self-training', description: '', commands: [command] };
  const small = ['--source', '2', '--held-out', '1', '--target', '2', '--out', root];
  return run(['reproduce', ...args, ...small], (given) => runProgram(program, given));
}

it('makes starts as Table 3 has them, then what begins from them, and a table', async () => {
  const { start, started } = standIn();
  const { code, err, out } = await reproduce(['segmentation', '--seeds', '2', '--jobs', '1'], start);
  expect(err).not.toContain('error:');
  expect(code).toBe(0);
  expect(out).toContain('Source + PG + CRST (MRKLD)');
  expect(started.slice(0, 4).map((args) => args.slice(0, 2))).toEqual(
    Array(4).fill(['gta5-cityscapes', 'train']),
  );
  const adapted = started.slice(4);
  expect(adapted).toHaveLength(2 * 2 * 4);
  for (const args of adapted) {
    expect(args[args.indexOf('--task') + 1]).toBe('gta5-cityscapes');
    expect(args[args.indexOf('--adapt-split') + 1]).toBe('val');
    expect(readFileSync(join(args[args.indexOf('--init') + 1]!, 'summary.json'), 'utf8')).toContain(
      'meanIou',
    );
  }
  const file = join(root, 'self-training-segmentation');
  const row = readFileSync(`${file}.md`, 'utf8')
    .split('\n')
    .find((line) => line.startsWith('| Source + CRST (MRKLD) |'))!;
  expect(row.split('|').map((cell) => cell.trim())).toEqual([
    '',
    'Source + CRST (MRKLD)',
    '**50.5 (0.7)**',
    '+20.0 ± 0.0',
    '50.0 (0.0)',
    '75.0 (0.0)',
    '50.5 (0.7)',
    '2',
    '',
  ]);
  expect(readFileSync(`${file}.html`, 'utf8')).toContain('Self-training of segmentation');
  const again = standIn();
  expect((await reproduce(['segmentation', '--seeds', '2', '--jobs', '1'], again.start)).code).toBe(0);
  expect(again.started).toEqual([]);
});

it('passes options on to each adaptation, and is no part of all', async () => {
  const { start, started } = standIn();
  const args = ['segmentation', '--seeds', '1', '--jobs', '1'];
  await reproduce([...args, '--list'], start);
  expect(started).toEqual([]);
  const small = ['--source', '2', '--held-out', '1', '--target', '2', '--out', root];
  const { out } = await run(['reproduce', ...args, ...small, '--list', '--', '--rounds', '2']);
  expect(out.split('\n').filter((line) => line.startsWith('to run'))).toHaveLength(2 + 8);
  const { out: all } = await run(['reproduce', 'all', '--out', root, '--list']);
  expect(all).not.toContain('PG');
});

it.each([
  [['--data', 'x'], '--data x'],
  [['--policy-epochs', '2'], '--policy-epochs 2'],
])('%j is of another suite', async (args, named) => {
  const { code, err } = await reproduce(['segmentation', ...args], standIn().start);
  expect(code).toBe(1);
  expect(err).toContain(named);
});

it('takes half of the rates and as many source images per target image as the released rounds', () => {
  const { given } = miniSegmentation({ out: '', epochs: 4, source: 600, heldOut: 100, target: 300 });
  const ratio = (0.03 * 19_984) / 2975;
  expect((given.sourceShare! * 600) / 300).toBeCloseTo(ratio, 12);
  expect(given.lr).toBeCloseTo(SEGMENTATION_RECIPE.headRate / 2, 12);
  expect(given.lr! * given.backboneFactor!).toBeCloseTo(SEGMENTATION_RECIPE.smallRate / 2, 9);
});
