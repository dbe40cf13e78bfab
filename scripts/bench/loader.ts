import { FROM_SOURCE, run, runJson, torchVersion } from './run-json.js';

/** What each bench of the loaders measures, and the Python modules that its PyTorch side needs beside torch. */
const BENCHES = [
  { file: 'loader-bench.ts', modules: ['torchvision', 'PIL'] },
  { file: 'dense-bench.ts', modules: ['cv2', 'PIL'] },
] as const;

/** Images per second from files to transformed batches, PyTorch's beside them where `python` has it. */
export async function benchLoader(python: string): Promise<Record<string, unknown>> {
  const hasTorch = (await torchVersion(python)) !== undefined;
  const results: Record<string, unknown> = {};
  for (const { file, modules } of BENCHES) {
    const hasPeer = hasTorch && (await imports(python, modules));
    const peer = hasPeer ? ['--python', python] : [];
    const result = await runJson<Record<string, unknown>>(process.execPath, [
      ...FROM_SOURCE,
      `packages/datasets/bench/${file}`,
      ...peer,
    ]);
    const needed = ['torch', ...modules].join(', ');
    const note = `PyTorch was not measured: ${python} lacks one of ${needed}; install them, or give --python`;
    results[file.replace('-bench.ts', '')] = hasPeer ? result : { ...result, note };
  }
  return results;
}

async function imports(python: string, modules: readonly string[]): Promise<boolean> {
  return run(python, ['-c', `import ${modules.join(', ')}`]).then(
    () => true,
    () => false,
  );
}
