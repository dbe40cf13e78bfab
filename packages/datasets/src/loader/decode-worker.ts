import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import type { PoolJob } from './job.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { runJob } from './run-job.js';

const port = parentPort;
if (port === null) throw new Error('decode-worker runs as a worker thread only.');

// No file is decoded twice in a row: the decoder's cache of operations would only cost time and memory.
sharp.cache(false);

const waiting = new Map<number, PoolJob>();
let running = false;

async function runWaiting(): Promise<void> {
  running = true;
  for (const [id, job] of waiting) {
    waiting.delete(id);
    const result = await runJob(job);
    port!.postMessage(
      { id, result } satisfies FromWorker,
      result.planes.map(({ buffer }) => buffer),
    );
  }
  running = false;
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    if (waiting.delete(message.id)) port.postMessage({ id: message.id, result: null } satisfies FromWorker);
    return;
  }
  waiting.set(message.id, message.job);
  if (!running) void runWaiting();
});
