import { type ChildProcess, spawn } from 'node:child_process';
import { type Dirent, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'self-training-resume-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 }));

const FIG10 = [
  ...['reproduce', 'fig10', '--source', '30', '--target', '30', '--epochs', '1', '--policy-epochs', '1'],
  ...['--', '--rounds', '2', '--portion', '0.5'],
];
const SEGMENTATION = [
  ...['reproduce', 'segmentation', '--seeds', '1', '--source', '6', '--held-out', '2', '--target', '3'],
  ...['--epochs', '1', '--', '--rounds', '2', '--epochs-per-round', '1', '--ema-threshold', '0.3'],
];

/** Files of the suite whose path fits, while it makes and removes others. */
function files(pattern: RegExp, folder = ''): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(pattern, path);
    return pattern.test(path) ? [path] : [];
  });
}

const hasSteps = (pattern: RegExp): boolean =>
  files(pattern).some((path) => readFileSync(join(root, path), 'utf8').includes('"kind":"step"'));

function begin(args: readonly string[]): {
  child: ChildProcess;
  ended: Promise<number | null>;
  said(): string;
} {
  let said = '';
  const node = ['--conditions=@syn2real/source', '--import', 'tsx', program];
  const out = args.indexOf('--');
  const all = [...args.slice(0, out), '--out', root, '--jobs', '1', ...args.slice(out)];
  const child = spawn(process.execPath, [...node, ...all], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code))),
    said: () => said,
  };
}

/** Starts the suite, kills it as soon as something is there, and says which runs had ended by then, with their times. */
async function killedWhen(args: readonly string[], isThere: () => boolean): Promise<Map<string, number>> {
  const { child, ended, said } = begin(args);
  while (!isThere()) {
    if (child.exitCode !== null) expect.fail(`it has ended: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill('SIGKILL');
  const done = files(/summary\.json$|features\.safetensors$/);
  await ended;
  return new Map(done.map((path) => [path, statSync(join(root, path)).mtimeMs]));
}

/** Kills the suite at each of some stages, then lets it end: what had ended is not made again. */
async function killedAtEach(
  args: readonly string[],
  stages: readonly (() => boolean)[],
): Promise<{ code: number | null; said: string }> {
  const before = new Map<string, number>();
  for (const stage of stages) {
    for (const [path, time] of await killedWhen(args, stage)) before.set(path, before.get(path) ?? time);
  }
  const { ended, said } = begin(args);
  const code = await ended;
  for (const [path, time] of before) expect(statSync(join(root, path)).mtimeMs, path).toBe(time);
  expect(before.size).toBeGreaterThan(0);
  return { code, said: said() };
}

describe('a suite that is killed, and started again by the same command', () => {
  it('goes on from the middle of a policy, a start, an adaptation and the features (fig10)', async () => {
    const { code, said } = await killedAtEach(FIG10, [
      () => files(/policies.*checkpoints.*state\.json$/).length > 0,
      () => hasSteps(/^runs.*log\.jsonl$/),
      () => hasSteps(/^self-training.cbst.*log\.jsonl$|^self-training.source-cbst.*log\.jsonl$/),
      () => files(/features\.safetensors$/).length > 0,
    ]);
    expect(said).not.toContain('error:');
    expect(code).toBe(0);
    expect(files(/features\.safetensors$/)).toHaveLength(4);
    expect(files(/^fig10[\\/].*\.svg$/)).toHaveLength(4);
    expect(existsSync(join(root, 'fig10.svg'))).toBe(true);
    expect(existsSync(join(root, 'self-training.html'))).toBe(true);
  }, 600_000);

  it('goes on from the middle of a start and an adaptation (segmentation)', async () => {
    const { code, said } = await killedAtEach(SEGMENTATION, [
      () => hasSteps(/^runs.*log\.jsonl$/),
      () => hasSteps(/^self-training.*log\.jsonl$/),
    ]);
    expect(said).not.toContain('error:');
    expect(code).toBe(0);
    const table = readFileSync(join(root, 'self-training-segmentation.md'), 'utf8');
    for (const row of ['Source alone', 'Source + PG + CRST (MRKLD+LRENT)', 'Source + PG + mean teacher']) {
      expect(table).toContain(`| ${row} |`);
    }
    expect(table).not.toContain('no result');
    const report = readFileSync(join(root, 'self-training-segmentation.html'), 'utf8');
    expect(report).toContain('Rounds from Source + PG');
  }, 600_000);
});
