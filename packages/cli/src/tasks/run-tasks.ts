import { join } from 'node:path';
import type { Interruption } from '@syn2real/trainer';
import type { StartChild } from './child.js';
import type { Display } from './display.js';
import type { Task } from './task.js';

/** A task that ended with an error. */
export interface Failure {
  readonly task: Task;
  readonly exitCode: number;
  /** What it said. */
  readonly log: string;
}

/** How a list of tasks is run. */
export interface RunTasksOptions {
  /** Folder of the logs. */
  logs: string;
  /** Processes at a time. */
  jobs: number;
  /** Threads of each. */
  threads: number;
  start: StartChild;
  display: Display;
  stop: Interruption;
  /** Milliseconds between looks at `stop`. Default 100. */
  pollMs?: number;
}

/**
 * Runs the tasks that are not done, some at a time; a failed one does not hold up the others.
 *
 * After a signal none is begun, those that run save and end, and the list is left where it stands.
 */
export async function runTasks(
  tasks: readonly Task[],
  { logs, jobs, threads, start, display, stop, pollMs = 100 }: RunTasksOptions,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const waiting = tasks.filter((task) => {
    const done = task.done();
    if (done) display.end(task, 'reused');
    return !done;
  });
  const worker = async (): Promise<void> => {
    for (
      let task = waiting.shift();
      task !== undefined && stop.signal === undefined;
      task = waiting.shift()
    ) {
      await run(task);
    }
  };
  const run = async (task: Task): Promise<void> => {
    const log = join(logs, `${task.name}.log`);
    display.begin(task);
    const child = start(task.args(), { log, threads, onReading: (reading) => display.update(task, reading) });
    const watch = setInterval(() => {
      if (stop.signal === undefined) return;
      clearInterval(watch);
      child.stop(stop.signal);
    }, pollMs);
    const exitCode = await child.ended;
    clearInterval(watch);
    if (exitCode === 0 && task.done()) return display.end(task, 'finished');
    if (stop.signal !== undefined) return display.end(task, 'stopped');
    failures.push({ task, exitCode, log });
    display.end(task, 'failed', log);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return failures;
}
