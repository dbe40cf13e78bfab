import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture } from './testing/fixture.js';

/** Each trial is a process of its own, which takes seconds to start. */
const PROCESSES = 600_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => fixture.remove());

function suite(what: string, out: string, more: readonly string[] = []): string[] {
  const { data, weights } = fixture;
  const own = {
    data,
    weights,
    backbone: 'resnet10-28',
    out,
    seeds: '1',
    jobs: '2',
  };
  const train = {
    head: 'linear',
    'batch-size': '16',
    lr: '0.01',
    warmup: '2',
    tta: 'none',
    'source-held-out': '0.2',
    workers: '1',
  };
  const flags = (values: object) =>
    Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ['reproduce', what, ...flags(own), ...more, '--', ...flags(train)];
}
const runsIn = (out: string): string[] => readdirSync(join(out, 'runs')).sort();
const finished = (out: string): string[] =>
  runsIn(out).filter((name) => existsSync(join(out, 'runs', name, 'summary.json')));

describe('reproduce table1', () => {
  it(
    'trains each λ in a process, writes table and report; again, it uses what is there and trains what is missing',
    async () => {
      const out = join(fixture.root, 'table1');
      const first = await run(...suite('table1', out, ['--epochs', '1']));
      expect(first.err).not.toContain('error:');
      expect(first.code).toBe(0);
      expect(first.out).toContain('Table 1: proxy guidance over λ');
      expect(finished(out)).toHaveLength(5);
      const markdown = readFileSync(join(out, 'table1.md'), 'utf8');
      expect(markdown.match(/^\| λ = .*$/gm)).toHaveLength(5);
      expect(markdown).toContain('| 60.1 |');
      const [head, ...rows] = readFileSync(join(out, 'table1.csv'), 'utf8').trim().split('\r\n');
      expect(head).toMatch(/^method,lambda,seeds,selection,target_mean/);
      expect(rows).toHaveLength(5);
      const page = readFileSync(join(out, 'report.html'), 'utf8');
      for (const part of ['Table 1', 'What is forgotten', 'Distance by group: λ = 0.1'])
        expect(page).toContain(part);
      const cost =
        /Wall time (.+), CPU time of all trials (.+) in 5 processes, over all attempts but killed ones\./;
      expect(first.err).toMatch(cost);
      expect(page).toMatch(cost);
      const usage = readFileSync(join(out, 'logs', 'usage.jsonl'), 'utf8')
        .trim()
        .split('\n');
      for (const line of usage.slice(0, 5)) expect(JSON.parse(line).cpuSeconds).toBeGreaterThan(0);

      const [lost, ...kept] = runsIn(out);
      const times = () => kept.map((name) => statSync(join(out, 'runs', name, 'log.jsonl')).mtimeMs);
      const before = times();
      rmSync(join(out, 'runs', lost!), { recursive: true });
      const again = await run(...suite('table1', out, ['--epochs', '1']));
      expect(again.code).toBe(0);
      expect(again.err.match(/: reused/g)).toHaveLength(4);
      expect(again.err.match(/: finished after/g)).toHaveLength(1);
      expect(times()).toEqual(before);
      expect(readFileSync(join(out, 'table1.md'), 'utf8')).toBe(markdown);
    },
    PROCESSES,
  );
});

describe('reproduce fig5', () => {
  it(
    'stops at a signal, saving every trial, and goes on from there to the figure',
    async () => {
      const out = join(fixture.root, 'fig5');
      const args = suite('fig5', out, ['--epochs', '12']);
      const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
      const child = spawn(
        process.execPath,
        ['--conditions=@syn2real/source', '--import', 'tsx', program, ...args],
        {
          stdio: 'ignore',
        },
      );
      const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
      const begun = () =>
        existsSync(join(out, 'runs')) &&
        runsIn(out).some((name) => existsSync(join(out, 'runs', name, 'checkpoints')));
      while (!begun()) await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill('SIGINT');
      expect(await ended).toBe(130);
      expect(finished(out)).toEqual([]);
      const { code, err } = await run(...args);
      expect(err).not.toContain('error:');
      expect(code).toBe(0);
      expect(finished(out)).toHaveLength(2);
      const logs = readdirSync(join(out, 'logs')).map((name) =>
        readFileSync(join(out, 'logs', name), 'utf8'),
      );
      expect(logs.some((log) => /resuming after step \d+/.test(log))).toBe(true);
      for (const file of ['fig5.svg', 'fig5.png', 'fig5.csv', 'report.html'])
        expect(statSync(join(out, file)).size).toBeGreaterThan(100);
    },
    PROCESSES,
  );

  it(
    'names a trial that fails, with its log',
    async () => {
      const out = join(fixture.root, 'failing');
      const args = suite('fig5', out, ['--epochs', '1']);
      const { code, err } = await run(...args, '--batch-size', '32', '--lr', '1e30');
      expect(code).toBe(1);
      expect(err).toMatch(/large rate \+ PG, seed 0: failed after/);
      expect(err).toMatch(/error: .*failed[\s\S]*exit 1, see .*logs/);
    },
    PROCESSES,
  );
});

describe('bad input', () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, err } = await run(...args, '--out', join(fixture.root, 'refused'));
    expect(code).toBe(1);
    expect(err).toMatch(/^error: /);
    expect(existsSync(join(fixture.root, 'refused'))).toBe(false);
    return err;
  };

  it('an unknown table: the known ones', async () => {
    expect(await refused('reproduce', 'table7')).toMatch(
      /table7[\s\S]*table1, table2, fig1, fig5, fig6, fig8, others, all/,
    );
  });

  it('numbers that make no sense, all at once', async () => {
    const err = await refused('reproduce', 'table1', '--seeds', '-1', '--jobs', '0', '--epochs', '1.5');
    for (const flag of ['--seeds', '--jobs', '--epochs']) expect(err).toContain(flag);
  });

  it('what the mini benchmark has itself, half of an IBN network, a missing folder', async () => {
    expect(await refused('reproduce', 'table1', '--weights', 'w')).toContain('--weights w');
    expect(await refused('reproduce', 'fig1', '--ibn-weights', 'w')).toContain('--ibn-backbone');
    expect(await refused('reproduce', 'fig1', '--data', join(fixture.root, 'nowhere'))).toContain(
      'does not exist',
    );
  });

  it('an unknown or invalid option after --', async () => {
    const { code, err } = await run('reproduce', 'table1', '--list', '--', '--lambada', '1');
    expect(code).toBe(1);
    expect(err).toContain("unknown option '--lambada'");
    const invalid = await run('reproduce', 'table1', '--list', '--', '--momentum', '2');
    expect(invalid.code).toBe(1);
    expect(invalid.err).toContain('--momentum');
  });

  it('--list trains nothing and names every trial', async () => {
    const out = join(fixture.root, 'listed');
    const { code, out: printed } = await run(...suite('all', out, ['--list']));
    expect(code).toBe(0);
    expect(printed.match(/^to do\t/gm)!.length).toBe(22);
    expect(printed).toMatch(/4 more after the sweeps and policies\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
