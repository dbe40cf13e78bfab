import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram, type StartChild } from '@syn2real/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reproduceCommand } from './commands/reproduce.js';
import { main } from './main.js';
import { catching } from './testing/capture.js';
import { type Visda17Folder, writeVisda17Folder } from './testing/visda17-folder.js';

let root: string;
let own: Visda17Folder;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'own-data-'));
  own = await writeVisda17Folder(root, 'resnet10-28');
});
afterAll(() => rmSync(root, { recursive: true }));

/** Each trial in this process, one after another: the commands are those that processes would get. */
const start: StartChild = (args, { log }) => {
  mkdirSync(dirname(log), { recursive: true });
  const ended = main(args).then((code) => {
    writeFileSync(log, `${args.join(' ')}\n`);
    return code;
  });
  return { ended, stop: () => {} };
};

it("table 1 on a folder in VisDA-17's published layout, with ImageNet's validation images as retention", async () => {
  const out = join(root, 'out');
  const { data, retention, weights } = own;
  const flags = { data, retention, weights, backbone: 'resnet10-28', seeds: 1, epochs: 1, jobs: 1, out };
  const train = { 'batch-size': 8, 'source-held-out': 0.25, workers: 0, tta: 'none', warmup: 1 };
  const given = (values: object) =>
    Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const program = {
    name: 'visda17',
    description: 'only this command',
    commands: [() => reproduceCommand({ start })],
  };
  const { code, err } = await catching(() =>
    runProgram(program, ['reproduce', 'table1', ...given(flags), '--', ...given(train)]),
  );
  expect(err).not.toContain('error:');
  expect(code).toBe(0);

  const runs = readdirSync(join(out, 'runs'));
  expect(runs).toHaveLength(5);
  for (const name of runs) {
    const summary = JSON.parse(readFileSync(join(out, 'runs', name, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ method: 'proxy-guidance', source: { images: 6, heldOut: true } });
    expect(summary.classes).toHaveLength(12);
    expect(summary.classes[10]).toBe('train');
    expect(summary.target.perClass).toHaveLength(12);
    for (const share of [summary.target.meanClassAccuracy, summary.retention.accuracy]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    const { config } = JSON.parse(readFileSync(join(out, 'runs', name, 'fingerprint.json'), 'utf8'));
    expect(config).toMatchObject({ data, retention, backbone: 'resnet10-28', batchSize: 8, epochs: 1 });
  }
  const markdown = readFileSync(join(out, 'table1.md'), 'utf8');
  expect(markdown.match(/^\| λ = .*$/gm)).toHaveLength(5);
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(`Synthetic to real: ${data}`);
  expect(existsSync(join(out, 'data'))).toBe(false);
});
