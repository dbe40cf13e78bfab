import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { JobResult, PoolJob } from './job.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { runJob } from './run-job.js';
import { startWorker } from './start-worker.js';

/** Threads that decode and transform images; several loaders may share one. */
export interface DecodePool {
  /** How many threads it uses at most; 0: it decodes on the caller's thread. */
  readonly workers: number;
  /** Runs a job, or rejects with the signal's reason once that is aborted. */
  run(job: PoolJob, signal?: AbortSignal): Promise<JobResult>;
  /** Ends the threads; jobs under way reject. It can be called again. */
  close(): Promise<void>;
}

/** How a pool is made. */
export interface DecodePoolOptions {
  /** Threads. Default: the cores this process may use. 0 decodes on the caller's thread. */
  workers?: number;
}

interface Waiter {
  resolve(result: JobResult): void;
  reject(reason: unknown): void;
}

interface Lane {
  readonly worker: Worker;
  readonly jobs: Map<number, Waiter>;
}

/**
 * Starts no thread before the first job, keeps them across epochs, and never holds up the end of the program.
 *
 * A job goes to the thread with the fewest jobs at once, so that the threads stay busy while the caller computes.
 */
export function createDecodePool({ workers = availableParallelism() }: DecodePoolOptions = {}): DecodePool {
  if (!Number.isInteger(workers) || workers < 0 || workers > 256) {
    throw new RangeError(`workers is a number of threads, an integer in 0…256; got ${workers}.`);
  }
  const lanes: Lane[] = [];
  let closed = false;
  let nextId = 0;

  const failLane = (lane: Lane, reason: Error): void => {
    const at = lanes.indexOf(lane);
    if (at >= 0) lanes.splice(at, 1);
    for (const waiter of lane.jobs.values()) waiter.reject(reason);
    lane.jobs.clear();
  };

  const addLane = (): Lane => {
    const worker = startWorker();
    const lane: Lane = { worker, jobs: new Map() };
    worker.on('message', ({ id, result }: FromWorker) => {
      const waiter = lane.jobs.get(id);
      lane.jobs.delete(id);
      if (lane.jobs.size === 0) worker.unref();
      if (result !== null) waiter?.resolve(result);
    });
    worker.on('error', (cause) => failLane(lane, new Error('A decoding thread failed.', { cause })));
    worker.on('exit', (code) => failLane(lane, new Error(`A decoding thread ended with code ${code}.`)));
    lanes.push(lane);
    return lane;
  };

  const quietestLane = (): Lane => {
    const quietest = lanes.reduce<Lane | undefined>(
      (best, lane) => (best === undefined || lane.jobs.size < best.jobs.size ? lane : best),
      undefined,
    );
    if (quietest === undefined) return addLane();
    return quietest.jobs.size > 0 && lanes.length < workers ? addLane() : quietest;
  };

  const run = (job: PoolJob, signal?: AbortSignal): Promise<JobResult> => {
    if (closed) return Promise.reject(new Error('The decoding threads were closed.'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (workers === 0) return runJob(job);
    const lane = quietestLane();
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        lane.worker.postMessage({ kind: 'cancel', id } satisfies ToWorker);
        reject(signal?.reason);
      };
      const settled = (): void => signal?.removeEventListener('abort', abort);
      lane.jobs.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
      signal?.addEventListener('abort', abort, { once: true });
      lane.worker.ref();
      lane.worker.postMessage({ kind: 'decode', id, job } satisfies ToWorker);
    });
  };

  const close = async (): Promise<void> => {
    closed = true;
    const open = lanes.splice(0);
    for (const lane of open) failLane(lane, new Error('The decoding threads were closed.'));
    await Promise.all(open.map((lane) => lane.worker.terminate()));
  };

  return { workers, run, close };
}
