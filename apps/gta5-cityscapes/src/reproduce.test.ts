import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture } from './testing/fixture.js';

/** Each trial is a process of its own, which takes seconds to start. */
const PROCESSES = 600_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture();
}, PROCESSES);
afterAll(() => fixture.remove());

describe('reproduce fig9', () => {
  it(
    'trains a policy and the rows in processes of their own, and draws the grid',
    async () => {
      const { source, target, weights, retention } = fixture;
      const out = join(fixture.root, 'fig9');
      const flags = (values: object) =>
        Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const own = {
        source,
        target,
        weights,
        retention,
        backbone: 'resnet10-28',
        out,
        seeds: 1,
        jobs: 2,
        epochs: 1,
        'policy-epochs': 2,
      };
      const trial = {
        'batch-size': 3,
        crop: 24,
        grid: '2x2',
        lambda: 1,
        lr: 0.001,
        warmup: 1,
        workers: 0,
        'window-growth': 'constant',
        'window-min': 1,
        rollout: 2,
        examples: 2,
      };
      const { code, err } = await run('reproduce', 'fig9', ...flags(own), '--', ...flags(trial));
      expect(err).not.toContain('error:');
      expect(code).toBe(0);
      expect(err).toMatch(/CPU time of all trials .+ in 4 processes/);
      for (const file of ['fig9.png', 'fig9.md', 'fig9.csv', 'report.html'])
        expect(statSync(join(out, file)).size).toBeGreaterThan(100);
      const [policy] = readdirSync(join(out, 'policies'));
      expect(existsSync(join(out, 'policies', policy!, 'policy.safetensors'))).toBe(true);
      const log = readFileSync(join(out, 'policies', policy!, 'log.jsonl'), 'utf8');
      expect(log.match(/"kind":"decision"/g)!.length).toBeGreaterThan(1);
      for (const name of readdirSync(join(out, 'runs'))) {
        const read = (file: string) => readFileSync(join(out, 'runs', name, file), 'utf8');
        expect(JSON.parse(read('samples/samples.json')).samples).toHaveLength(2);
        expect(read('ledger.jsonl').match(/"purpose":"examples"/g)).toHaveLength(2);
      }
    },
    PROCESSES,
  );
});

describe('bad input', () => {
  it.each([
    [['fig10'], /table3, fig7, fig8, fig9, others, all/],
    [['table3', '--weights', 'w'], /--weights w[\s\S]*give --source too/],
    [['table3', '--source', 'nowhere'], /--target/],
    [['table3', '--source', 'nowhere', '--target', 'nowhere'], /does not exist[\s\S]*check --source/],
    [['table3', '--list', '--', '--lambada', '1'], /unknown option '--lambada'/],
  ])('%j', async (args, said) => {
    const { code, err } = await run('reproduce', ...args);
    expect(code).toBe(1);
    expect(err).toMatch(said);
  });

  it('--list trains nothing and names every trial', async () => {
    const out = join(fixture.root, 'listed');
    const { code, out: printed } = await run('reproduce', 'all', '--seeds', '2', '--list', '--out', out);
    expect(code).toBe(0);
    // two policies, and eight rows at two seeds
    expect(printed.match(/^to do\t/gm)).toHaveLength(2 + 8 * 2);
    expect(printed).toMatch(/\n2 more after the sweeps and policies\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
