/**
 * Bundles step.ts and prints the bundle's path. Compiled at run time it would be measured with a thread beside it that
 * keeps a core busy: Node's for module hooks.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const outfile = fileURLToPath(new URL('../node_modules/.cache/bench/step.mjs', import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL('./step.ts', import.meta.url))],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
});
console.log(outfile);
