import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The highest resident memory of a part of a run, and what was resident at its end, in MB. */
export interface PartMemory {
  readonly part: string;
  readonly peak: number;
  readonly end: number;
}

/** How a command is watched. */
export interface Watching {
  /** Called every few milliseconds: what the command is at now. A new name begins a new part. */
  readonly part?: () => string;
  /** Kills the command once it says so. */
  readonly kill?: () => boolean;
}

/**
 * Runs a command of the app in a process of its own and gives its memory part by part. Linux alone: the kernel counts,
 * and its count is set back where a part ends.
 *
 * @throws Error where the command fails, if it was not to be killed
 */
export async function runWatched(
  args: readonly string[],
  { part = () => 'all', kill }: Watching = {},
): Promise<PartMemory[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=@syn2real/source', '--import', 'tsx', program, ...args],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const parts: PartMemory[] = [];
  let now = part();
  const watch = setInterval(() => {
    const memory = memoryOf(child);
    if (memory !== undefined) {
      const at = parts.at(-1);
      const peak = Math.max(memory.peak, at?.part === now ? at.peak : 0);
      if (at?.part === now) parts.pop();
      parts.push({ part: now, peak, end: memory.now });
    }
    const next = part();
    if (next !== now) {
      now = next;
      resetPeak(child);
    }
    if (kill?.()) child.kill('SIGKILL');
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  if (kill === undefined && code !== 0) throw new Error(`${args[0]} ended with ${code}.`);
  return parts;
}

/** The highest resident memory of all parts, in MB. */
export const highest = (parts: readonly PartMemory[]): number => Math.max(...parts.map(({ peak }) => peak));

/** What a training run of one epoch of so many steps is at, by what lies in its folder. */
export function trainingPart(dir: string, steps: number): string {
  const log = logOf(dir);
  const [done, epochs] = [count(log, '"kind":"step"'), count(log, '"kind":"epoch"')];
  const folder = join(dir, 'checkpoints');
  const checkpoints = existsSync(folder) ? readdirSync(folder) : [];
  if (existsSync(join(dir, 'summary.json'))) return 'end';
  if (checkpoints.some((name) => !/^\d+$/.test(name)))
    return `checkpoint ${done}${epochs > 1 ? ' again' : ''}`;
  if (epochs > 1) return 'export';
  if (checkpoints.includes(String(steps))) return 'held-out image';
  return checkpoints.includes('0') ? `step ${Math.min(done + 1, steps)}` : 'start';
}

/** Steps that a run has logged. */
export const stepsIn = (dir: string): number => count(logOf(dir), '"kind":"step"');

function logOf(dir: string): string {
  const file = join(dir, 'log.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

const count = (text: string, part: string): number => text.split(part).length - 1;

function memoryOf({ pid }: ChildProcess): { peak: number; now: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024);
    return { peak: of('VmHWM'), now: of('VmRSS') };
  } catch {
    return undefined;
  }
}

function resetPeak({ pid }: ChildProcess): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has ended.
  }
}
