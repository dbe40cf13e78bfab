import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { USAGE_FILE, USAGE_TASK } from '../program/run-as-process.js';
import { usageFile } from './usage.js';

/** How far a process says it is. */
export interface Reading {
  readonly done: number;
  readonly total: number;
  /** The rest of its line: rate, loss. */
  readonly note: string;
}

/** A process that was started. */
export interface Child {
  /** Its exit code, once all that it said is in its log. */
  readonly ended: Promise<number>;
  /** Asks it to save and stop. */
  stop(signal: NodeJS.Signals): void;
}

/** Starts one of this program's commands; what it says goes to `log`. */
export type StartChild = (
  args: readonly string[],
  options: { log: string; threads: number; onReading: (reading: Reading) => void },
) => Child;

/** Where the program of {@link processesOf} begins. */
export interface ProgramFiles {
  /** The `import.meta.url` of a module in the folder of the built program, or somewhere in its TypeScript source. */
  readonly from: string;
  /** Its entry, relative to `from`, as source and as built. */
  readonly source: string;
  readonly built: string;
}

/**
 * {@link StartChild} as a process of its own, with its share of the cores; it stops when this one ends, and writes down
 * what it cost beside its log (see `readUsage`).
 *
 * @example
 * ```ts
 * const start = processesOf({ from: import.meta.url, source: '../cli.ts', built: './cli.js' });
 * ```
 */
export function processesOf({ from, source, built }: ProgramFiles): StartChild {
  const fromSource = from.endsWith('.ts');
  const program = fileURLToPath(new URL(fromSource ? source : built, from));
  const nodeArguments = fromSource ? ['--conditions=@syn2real/source', '--import', 'tsx'] : [];
  return (args, options) => startProcess([...nodeArguments, program, ...args], options);
}

function startProcess(
  args: readonly string[],
  { log, threads, onReading }: Parameters<StartChild>[1],
): Child {
  mkdirSync(dirname(log), { recursive: true });
  const file = createWriteStream(log, { flags: 'a' });
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      TFJS_ONNXRUNTIME_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      [USAGE_FILE]: resolve(usageFile(dirname(log))),
      [USAGE_TASK]: basename(log, '.log'),
    },
  });
  createInterface({ input: child.stderr! }).on('line', (line) => {
    file.write(`${line}\n`);
    const reading = parseReading(line);
    if (reading !== undefined) onReading(reading);
  });
  /** Once all that it said is in its log. */
  const ended = new Promise<number>((end) => {
    const close = (said: string, code: number) => {
      if (!file.writableEnded) file.end(said, () => end(code));
    };
    child.on('error', (error) => close(`${error.message}\n`, 1));
    child.on('close', (code, signal) => close(signal === null ? '' : `ended by ${signal}\n`, code ?? 1));
  });
  return { ended, stop: (signal) => void child.kill(signal) };
}

/** A line of `createProgress` where there is no terminal. */
export function parseReading(line: string): Reading | undefined {
  const found = / (\d+)\/(\d+) \(\d+ %\), (.*)$/.exec(line);
  return found === null ? undefined : { done: Number(found[1]), total: Number(found[2]), note: found[3]! };
}
