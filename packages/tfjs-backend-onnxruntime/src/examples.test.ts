import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));

async function example(name: string, backend: string) {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@syn2real/source', '--import', 'tsx', `examples/${name}.ts`, backend],
    { cwd: folder },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    backend: string;
    loss: number;
    accuracy: number;
  };
}

describe('examples', () => {
  it.each(['loop', 'layers'])('%s learns, and as on the CPU backend', async (name) => {
    const [ours, cpu] = [await example(name, 'onnxruntime'), await example(name, 'cpu')];
    expect([ours.backend, cpu.backend]).toEqual(['onnxruntime', 'cpu']);
    expect(ours.accuracy).toBeGreaterThan(0.95);
    expect(ours.accuracy).toBeCloseTo(cpu.accuracy, 1);
    expect(Math.abs(ours.loss - cpu.loss)).toBeLessThan(1e-3 * (1 + cpu.loss));
  });
});
