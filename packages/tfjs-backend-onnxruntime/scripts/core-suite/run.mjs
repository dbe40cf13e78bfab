/**
 * Runs TensorFlow.js core's own test suite on the backend.
 *
 *   node packages/tfjs-backend-onnxruntime/scripts/core-suite/run.mjs [filter]
 *
 * CORE_SUITE_BACKEND=cpu runs it on the plain CPU backend; TFJS_ONNXRUNTIME_MODE=immediate without recording.
 * Prints the failed specs and, last, the counts. Exits with 1 where a spec failed, or where the specs did not run on
 * the backend.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import Jasmine from 'jasmine';

const here = new URL('.', import.meta.url);
const outDir = new URL('../../node_modules/.cache/core-suite/', here);
mkdirSync(outDir, { recursive: true });
const outfile = fileURLToPath(new URL('bundle.cjs', outDir));

await build({
  entryPoints: [fileURLToPath(new URL('entry.ts', here))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  mainFields: ['module', 'main'],
  conditions: ['@syn2real/source'],
  ignoreAnnotations: true,
  external: ['jasmine-core', 'onnxruntime-node'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'error',
});

const runner = new Jasmine();
runner.loadConfig({ random: false, spec_files: [] });
runner.exitOnCompletion = false;
runner.clearReporters();
const counts = { passed: 0, failed: 0, pending: 0 };
runner.addReporter({
  specDone(result) {
    if (result.status === 'excluded') return;
    counts[result.status] = (counts[result.status] ?? 0) + 1;
    if (result.status !== 'failed') return;
    console.log(`FAILED ${result.fullName}`);
    for (const failure of result.failedExpectations) {
      console.log(`  ${failure.message.split('\n').slice(0, 3).join(' | ').slice(0, 300)}`);
    }
  },
  jasmineDone() {
    const runs = (globalThis.coreSuiteBackends ?? []).reduce((sum, backend) => sum + backend.stats().runs, 0);
    console.log(`${runs} graphs run by ONNX Runtime`);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.pending} skipped`);
    const isOnBackend = runs > 0 || process.env.CORE_SUITE_BACKEND === 'cpu';
    process.exitCode = counts.failed === 0 && counts.passed > 0 && isOnBackend ? 0 : 1;
  },
});
runner.execute([outfile], process.argv[2]);
