import { duration, type ProgressStream } from '@syn2real/trainer';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Reading } from './child.js';
import type { Task } from './task.js';

/** What became of a task. */
export type Outcome = 'finished' | 'reused' | 'failed' | 'stopped';

/** Shows which tasks run and how far they are. */
export interface Display {
  begin(task: Task): void;
  update(task: Task, reading: Reading): void;
  end(task: Task, outcome: Outcome, log?: string): void;
  /** Prints a line without disturbing the rest. */
  log(line: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

/** Options of {@link createDisplay}. */
export interface DisplayOptions {
  /** Number of tasks. */
  total: number;
  /** Tasks at a time, for the time that is left. */
  jobs: number;
  /** Least milliseconds between two lines of one task where there is no terminal. Default 30000. */
  lineEveryMs?: number;
  /** Milliseconds on any clock. Default Date.now. */
  now?: () => number;
}

/** A bar per running task on a terminal; plain lines elsewhere. */
export function createDisplay(
  stream: ProgressStream,
  { total, jobs, lineEveryMs = 30_000, now = Date.now }: DisplayOptions,
): Display {
  const board = stream.isTTY === true ? bars(stream) : lines(stream, { lineEveryMs, now });
  const began = new Map<string, number>();
  const took: number[] = [];
  let ended = 0;
  return {
    begin(task) {
      began.set(task.name, now());
      board.begin(task);
    },
    update: board.update,
    end(task, outcome, log) {
      ended += 1;
      const seconds = (now() - (began.get(task.name) ?? now())) / 1000;
      if (outcome === 'finished') took.push(seconds);
      board.end(task);
      const mean = took.reduce((sum, value) => sum + value, 0) / took.length;
      const left =
        took.length === 0 || ended === total
          ? ''
          : `, about ${duration(((total - ended) * mean) / jobs)} left`;
      const time = outcome === 'reused' ? '' : ` after ${duration(seconds)}`;
      board.log(
        `${ended}/${total} ${task.label}: ${outcome}${time}${log === undefined ? '' : `, see ${log}`}${left}`,
      );
    },
    log: board.log,
    close: board.close,
  };
}

interface Board extends Pick<Display, 'begin' | 'update' | 'log' | 'close'> {
  end(task: Task): void;
}

function bars(stream: ProgressStream): Board {
  const all = new MultiBar(
    {
      stream,
      format: '{bar} {percentage} % {label}  {note}',
      barsize: 20,
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
      clearOnComplete: true,
      autopadding: true,
    },
    Presets.shades_classic,
  );
  const shown = new Map<string, SingleBar>();
  return {
    begin: ({ name, label }) => void shown.set(name, all.create(1, 0, { label, note: '' })),
    update({ name, label }, { done, total, note }) {
      const bar = shown.get(name);
      bar?.setTotal(total);
      bar?.update(done, { label, note });
    },
    end({ name }) {
      const bar = shown.get(name);
      if (bar !== undefined) all.remove(bar);
      shown.delete(name);
    },
    log: (line) => all.log(`${line}\n`),
    close: () => all.stop(),
  };
}

function lines(
  stream: ProgressStream,
  { lineEveryMs, now }: Required<Pick<DisplayOptions, 'lineEveryMs' | 'now'>>,
): Board {
  const printed = new Map<string, number>();
  const log = (line: string): void => void stream.write(`${line}\n`);
  return {
    begin: ({ name }) => void printed.set(name, now()),
    update({ name, label }, { done, total, note }) {
      if (now() - (printed.get(name) ?? 0) < lineEveryMs) return;
      printed.set(name, now());
      log(`${label} ${done}/${total}, ${note}`);
    },
    end: ({ name }) => void printed.delete(name),
    log,
    close: () => {},
  };
}
