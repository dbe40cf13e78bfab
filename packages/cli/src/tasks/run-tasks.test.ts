import { Writable } from 'node:stream';
import type { StopSignal } from '@syn2real/trainer';
import { describe, expect, it } from 'vitest';
import { parseReading, type StartChild } from './child.js';
import { createDisplay } from './display.js';
import { type RunTasksOptions, runTasks } from './run-tasks.js';
import type { Task } from './task.js';

/** Tasks that are done once they have run, under a stand-in for processes. */
function setting({ fails = [] as string[], hangs = [] as string[], done = [] as string[] } = {}) {
  const finished = new Set(done);
  const started: string[] = [];
  const signals: string[] = [];
  let running = 0;
  let most = 0;
  let printed = '';
  const stop: { signal: StopSignal | undefined; exitCode: number | undefined; dispose(): void } = {
    signal: undefined,
    exitCode: undefined,
    dispose: () => {},
  };
  const start: StartChild = ([name], { onReading }) => {
    started.push(name!);
    running += 1;
    most = Math.max(most, running);
    onReading({ done: 1, total: 2, note: '1 step/s' });
    let end: (code: number) => void = () => {};
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    }).finally(() => {
      running -= 1;
    });
    if (!hangs.includes(name!)) {
      setTimeout(() => {
        if (!fails.includes(name!)) finished.add(name!);
        end(fails.includes(name!) ? 1 : 0);
      }, 5);
    }
    return {
      ended,
      stop: (signal) => {
        signals.push(`${name} ${signal}`);
        end(130);
      },
    };
  };
  const task = (name: string): Task => ({
    name,
    label: name.toUpperCase(),
    args: () => [name],
    done: () => finished.has(name),
  });
  const stream = new Writable({
    write(text, _encoding, done) {
      printed += String(text);
      done();
    },
  });
  const options = (total: number, jobs: number): RunTasksOptions => ({
    logs: 'logs',
    jobs,
    threads: 1,
    start,
    display: createDisplay(stream, { total, jobs, lineEveryMs: 0 }),
    stop,
    pollMs: 1,
  });
  return { task, options, stop, started, signals, most: () => most, printed: () => printed };
}

describe('runTasks', () => {
  it('runs what is not done, no more than `jobs` at a time', async () => {
    const { task, options, started, most, printed } = setting({ done: ['b'] });
    const tasks = ['a', 'b', 'c', 'd', 'e'].map(task);
    expect(await runTasks(tasks, options(5, 2))).toEqual([]);
    expect(started).toEqual(['a', 'c', 'd', 'e']);
    expect(most()).toBe(2);
    expect(printed()).toMatch(/^1\/5 B: reused\n/);
    expect(printed()).toMatch(/A 1\/2, 1 step\/s\n/);
    expect(printed()).toMatch(/5\/5 E: finished after \d+ s\n$/);
  });

  it('names a failed task with its log, and goes on', async () => {
    const { task, options, started, printed } = setting({ fails: ['a'] });
    const failures = await runTasks(['a', 'b'].map(task), options(2, 1));
    expect(failures).toMatchObject([{ task: { name: 'a' }, exitCode: 1, log: 'logs/a.log' }]);
    expect(started).toEqual(['a', 'b']);
    expect(printed()).toMatch(/A: failed after \d+ s, see logs\/a\.log/);
  });

  it('passes a signal on, begins nothing more, and counts what it stopped as no failure', async () => {
    const { task, options, stop, started, signals, printed } = setting({ hangs: ['a', 'b'] });
    setTimeout(() => {
      stop.signal = 'SIGINT';
    }, 10);
    expect(await runTasks(['a', 'b', 'c'].map(task), options(3, 2))).toEqual([]);
    expect(started).toEqual(['a', 'b']);
    expect(signals.sort()).toEqual(['a SIGINT', 'b SIGINT']);
    expect(printed()).toMatch(/A: stopped/);
  });
});

describe('parseReading', () => {
  it('reads the lines of a progress without a terminal, and no others', () => {
    expect(parseReading('small rate + PG 23/250 (9 %), 4.5 steps/s, 42 s left, epoch 1/2, loss 0.1')).toEqual(
      {
        done: 23,
        total: 250,
        note: '4.5 steps/s, 42 s left, epoch 1/2, loss 0.1',
      },
    );
    for (const line of ['backend: onnxruntime', 'error: 3/4 (75 %)', ''])
      expect(parseReading(line)).toBeUndefined();
  });
});
