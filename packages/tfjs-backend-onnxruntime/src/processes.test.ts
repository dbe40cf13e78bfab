import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs a program of `testing/` in a Node process of its own and parses what it prints. */
async function inProcess<Result>(program: string, env: Record<string, string> = {}): Promise<Result> {
  const path = new URL(`./testing/${program}.ts`, import.meta.url).pathname;
  const flags = ['--expose-gc', '--conditions=@syn2real/source', '--import', 'tsx', path];
  const { stdout } = await run(process.execPath, flags, { env: { ...process.env, ...env } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

interface Reading {
  readonly numTensors: number;
  readonly numDataBuffers: number;
  readonly numBytes: number;
  readonly ids: number;
  readonly sessions: number;
  readonly compilations: number;
  readonly rssMB: number;
}

describe('1,000 steps of training', () => {
  it('hold as many tensors, bytes, graphs and as much memory at the end as after the warm-up', async () => {
    const { warm, end } = await inProcess<{ warm: Reading; end: Reading }>('long-training');
    const { rssMB, ...counts } = end;
    expect(counts).toEqual({ ...warm, rssMB: undefined });
    // A value of 200 KB that stayed at each of the 800 steps would be 160 MB; heap and allocator move by tens.
    expect(rssMB - warm.rssMB).toBeLessThan(80);
  }, 300_000);
});

describe('several processes', () => {
  it('compute the same side by side as alone, on one thread or two', async () => {
    const train = (env: Record<string, string>) =>
      inProcess<{ losses: number[]; parameters: number[] }>('train', env);
    const alone = await train({ TFJS_ONNXRUNTIME_THREADS: '2' });
    const together = await Promise.all([
      train({ TFJS_ONNXRUNTIME_THREADS: '2' }),
      train({ TFJS_ONNXRUNTIME_THREADS: '2' }),
      train({ TFJS_ONNXRUNTIME_THREADS: '1' }),
    ]);
    expect(alone.losses.at(-1)).toBeLessThan(alone.losses[0]!);
    for (const result of together.slice(0, 2)) expect(result).toEqual(alone);
    for (const [i, loss] of together[2]!.losses.entries()) expect(loss).toBeCloseTo(alone.losses[i]!, 4);
  }, 300_000);
});
