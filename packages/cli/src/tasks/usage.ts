import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Usage } from '../program/run-as-process.js';

/** What some processes cost together. */
export interface UsageSum {
  readonly processes: number;
  /** Sum of their wall times. */
  readonly seconds: number;
  /** User and system time of all their threads. */
  readonly cpuSeconds: number;
}

/** The file in a folder of logs in which every process writes down what it cost, a line each. */
export function usageFile(logs: string): string {
  return join(logs, 'usage.jsonl');
}

/**
 * What the processes of some tasks cost, over all attempts; one that was killed has written nothing and is not counted.
 *
 * @param logs folder of the logs
 * @param tasks names of the tasks. Default: all
 */
export function readUsage(logs: string, tasks?: readonly string[]): UsageSum {
  const file = usageFile(logs);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const wanted = tasks && new Set(tasks);
  return lines
    .flatMap((line): Usage[] => (line.endsWith('}') ? [JSON.parse(line)] : []))
    .filter(({ task }) => wanted === undefined || wanted.has(task))
    .reduce<UsageSum>(
      (sum, { seconds, cpuSeconds }) => ({
        processes: sum.processes + 1,
        seconds: sum.seconds + seconds,
        cpuSeconds: sum.cpuSeconds + cpuSeconds,
      }),
      { processes: 0, seconds: 0, cpuSeconds: 0 },
    );
}
