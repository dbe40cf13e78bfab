import { FROM_SOURCE, runJson, torchVersion } from './run-json.js';

/** Images per second from files to transformed batches, PyTorch's beside them where `python` has it. */
export async function benchLoader(python: string): Promise<Record<string, unknown>> {
  const hasTorch = (await torchVersion(python)) !== undefined;
  const peer = hasTorch ? ['--python', python] : [];
  const loader = await runJson<Record<string, unknown>>(process.execPath, [
    ...FROM_SOURCE,
    'packages/datasets/bench/loader-bench.ts',
    ...peer,
  ]);
  const note = `PyTorch was not measured: ${python} has no torch; pip install torch, or give --python`;
  return hasTorch ? loader : { ...loader, note };
}
