import { Presets, SingleBar } from 'cli-progress';

/** A counter on its way to a total. */
export interface Progress {
  /** @param done items done, counted from 0; @param note a few words more: `"loss 0.41"` */
  update(done: number, note?: string): void;
  /** Prints a line without disturbing the bar. */
  log(line: string): void;
  /** Ends it; the last state stays on the screen. */
  stop(): void;
}

/** Where progress is shown. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Options of {@link createProgress}. */
export interface ProgressOptions {
  /** Number of items. */
  total: number;
  /** What is going on: `"train"`. */
  label: string;
  /** What is counted, in the plural. Default `"steps"`. */
  unit?: string;
  /** Items that were done before, when a run is resumed; they count neither in rate nor in remaining time. Default 0. */
  start?: number;
  /** Least milliseconds between two lines where there is no terminal. Default 5000. */
  lineEveryMs?: number;
  /** Milliseconds on any clock. Default Date.now. */
  now?: () => number;
}

/**
 * Shows a bar with rate and remaining time on a terminal, and a plain line every few seconds elsewhere.
 *
 * @example
 * ```ts
 * const progress = createProgress(process.stderr, { total: 4763, label: 'epoch 1/30', start: state.step });
 * progress.update(state.step, `loss ${losses.total.toFixed(3)}`);
 * progress.stop();
 * ```
 */
export function createProgress(
  stream: ProgressStream,
  { total, label, unit = 'steps', start = 0, lineEveryMs = 5000, now = Date.now }: ProgressOptions,
): Progress {
  const began = now();
  const speed = (done: number): string => {
    const seconds = (now() - began) / 1000;
    const rate = seconds > 0 ? (done - start) / seconds : 0;
    if (!(rate > 0)) return `- ${unit}/s`;
    const left = done < total ? `, ${duration((total - done) / rate)} left` : ` in ${duration(seconds)}`;
    return `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)} ${unit}/s${left}`;
  };
  return stream.isTTY === true
    ? bar(stream, { total, label, start }, speed)
    : lines(stream, { total, label, start, lineEveryMs, now }, speed);
}

type Shown = Required<Pick<ProgressOptions, 'total' | 'label' | 'start'>>;

function bar(
  stream: ProgressStream,
  { total, label, start }: Shown,
  speed: (done: number) => string,
): Progress {
  const shown = new SingleBar(
    {
      stream,
      format: '{label} {bar} {value}/{total}  {speed}{note}',
      barsize: 24,
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
      autopadding: true,
    },
    Presets.shades_classic,
  );
  shown.start(total, start, { label, speed: speed(start), note: '' });
  return {
    update: (done, note = '') =>
      shown.update(done, { speed: speed(done), note: note === '' ? '' : `  ${note}` }),
    log: (line) => {
      stream.write(`\r\u001b[K${line}\n`);
      shown.render();
    },
    stop: () => shown.stop(),
  };
}

function lines(
  stream: ProgressStream,
  { total, label, start, lineEveryMs, now }: Shown & Required<Pick<ProgressOptions, 'lineEveryMs' | 'now'>>,
  speed: (done: number) => string,
): Progress {
  let printedAt = now();
  let printed = start;
  let latest = { done: start, note: '' };
  const print = () => {
    const { done, note } = latest;
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    stream.write(
      `${label} ${done}/${total} (${percent} %), ${speed(done)}${note === '' ? '' : `, ${note}`}\n`,
    );
    printed = done;
    printedAt = now();
  };
  return {
    update(done, note = '') {
      latest = { done, note };
      if (now() - printedAt >= lineEveryMs) print();
    },
    log: (line) => void stream.write(`${line}\n`),
    stop() {
      if (latest.done !== printed) print();
    },
  };
}

/** Seconds as a person says them: `"42 s"`, `"3 min 05 s"`, `"2 h 07 min"`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (part: number): string => String(part).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
