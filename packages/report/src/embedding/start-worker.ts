import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { EmbeddingJob } from './job.js';

/** A thread running the built worker, or, from TypeScript source, its source through tsx. */
export function startWorker(workerData: EmbeddingJob): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./embedding/embed-worker.js', import.meta.url), { workerData });
  const tsx = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs');
  const source = new URL('./embed-worker.ts', import.meta.url).href;
  const start = `import(${JSON.stringify(pathToFileURL(tsx).href)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(source)});
  });`;
  return new Worker(start, { eval: true, workerData, execArgv: ['--conditions', '@syn2real/source'] });
}
