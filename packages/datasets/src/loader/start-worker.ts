import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A thread running the built decode worker, or, from TypeScript source, its source through tsx. */
export function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./loader/decode-worker.js', import.meta.url));
  const tsx = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs');
  const source = new URL('./decode-worker.ts', import.meta.url).href;
  const start = `import(${JSON.stringify(pathToFileURL(tsx).href)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(source)});
  });`;
  return new Worker(start, { eval: true, execArgv: ['--conditions', '@syn2real/source'] });
}
