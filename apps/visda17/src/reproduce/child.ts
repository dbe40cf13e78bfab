import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How far a process says it is. */
export interface Reading {
  readonly done: number;
  readonly total: number;
  /** The rest of its line: rate, loss. */
  readonly note: string;
}

/** A process that was started. */
export interface Child {
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** Asks it to save and stop. */
  stop(signal: NodeJS.Signals): void;
}

/** Starts one of this program's commands; what it says goes to `log`. */
export type StartChild = (
  args: readonly string[],
  options: { log: string; threads: number; onReading: (reading: Reading) => void },
) => Child;

const source = import.meta.url.endsWith('.ts');
const program = fileURLToPath(new URL(source ? '../cli.ts' : './cli.js', import.meta.url));
const nodeArguments = source ? ['--conditions=@syn2real/source', '--import', 'tsx'] : [];

/** {@link StartChild} as a process of its own, with its share of the cores; it stops when this one ends. */
export const startChild: StartChild = (args, { log, threads, onReading }) => {
  mkdirSync(dirname(log), { recursive: true });
  const file = createWriteStream(log, { flags: 'a' });
  const child = spawn(process.execPath, [...nodeArguments, program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, TFJS_ONNXRUNTIME_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
  });
  createInterface({ input: child.stderr! }).on('line', (line) => {
    file.write(`${line}\n`);
    const reading = parseReading(line);
    if (reading !== undefined) onReading(reading);
  });
  const ended = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      file.end(`${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code, signal) => {
      file.end(signal === null ? '' : `ended by ${signal}\n`);
      resolve(code ?? 1);
    });
  });
  return { ended, stop: (signal) => void child.kill(signal) };
};

/** A line of `createProgress` where there is no terminal. */
export function parseReading(line: string): Reading | undefined {
  const found = / (\d+)\/(\d+) \(\d+ %\), (.*)$/.exec(line);
  return found === null ? undefined : { done: Number(found[1]), total: Number(found[2]), note: found[3]! };
}
