import { appendFileSync, mkdirSync } from 'node:fs';
import { duration } from '@syn2real/trainer';
import type { Usage } from '../program/run-as-process.js';
import type { Task } from '../tasks/task.js';
import { readUsage, usageFile } from '../tasks/usage.js';

/** What a suite cost, over all attempts. */
export interface SuiteCost {
  /** Wall time of the suite; attempts that were killed are not counted. */
  readonly wallSeconds: number;
  /** User and system time of its trials' processes. */
  readonly cpuSeconds: number;
  readonly processes: number;
}

/** Where a suite's wall time is written down. */
export interface SuiteClock {
  /** Folder of the logs. */
  readonly logs: string;
  /** Under which it stands beside its trials'. */
  readonly name: string;
  /** Milliseconds on any clock. Default Date.now. */
  readonly now?: () => number;
}

/** Does a suite's work and writes down its wall time, also where it throws. */
export async function timeSuite<T>(
  { logs, name, now = Date.now }: SuiteClock,
  work: () => Promise<T>,
): Promise<T> {
  const began = now();
  try {
    return await work();
  } finally {
    const usage: Usage = { task: name, exitCode: 0, seconds: (now() - began) / 1000, cpuSeconds: 0 };
    mkdirSync(logs, { recursive: true });
    appendFileSync(usageFile(logs), `${JSON.stringify(usage)}\n`);
  }
}

/** What {@link timeSuite} and the processes of these tasks have written down. */
export function suiteCost(
  { logs, name }: Pick<SuiteClock, 'logs' | 'name'>,
  tasks: readonly Task[],
): SuiteCost {
  const names = tasks.map((task) => task.name);
  const { cpuSeconds, processes } = readUsage(logs, names);
  return { wallSeconds: readUsage(logs, [name]).seconds, cpuSeconds, processes };
}

/** What a suite cost, in a line. */
export function costLine({ wallSeconds, cpuSeconds, processes }: SuiteCost): string {
  return `Wall time ${duration(wallSeconds)}, CPU time of all trials ${duration(cpuSeconds)} in ${processes} processes, over all attempts but killed ones.`;
}
