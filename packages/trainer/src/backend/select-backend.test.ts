import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tf } from '@syn2real/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type BackendName } from './candidates.js';
import { restoreUtil } from './restore-util.js';
import { selectBackend } from './select-backend.js';

let current: string;
beforeAll(() => {
  current = tf.getBackend();
});
afterEach(async () => {
  await tf.setBackend(current);
});

const missing = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /app/index.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });

/** Starts only what is listed; an error is thrown, and what is not listed is not installed. */
function starting(outcomes: Partial<Record<BackendName, 'starts' | 'refuses' | Error>>) {
  const tried: string[] = [];
  return {
    tried,
    start: async ({ name, package: from }: { name: BackendName; package: string }) => {
      tried.push(name);
      const outcome = outcomes[name] ?? missing(from);
      if (outcome instanceof Error) throw outcome;
      return outcome === 'starts';
    },
  };
}

describe('selectBackend', () => {
  it('tries in the order of preference, and says what the choice costs', async () => {
    const lines: string[] = [];
    const { start, tried } = starting({ cpu: 'starts' });
    const selected = await selectBackend('auto', { start, log: (line) => lines.push(line), from: '' });
    expect(tried).toEqual(['tfjs-node-gpu', 'tfjs-node', 'onnxruntime', 'wasm', 'cpu']);
    expect(selected.name).toBe('cpu');
    expect(lines[0]).toMatch(/^backend: cpu \(@tensorflow\/tfjs 4\.\d+\.\d+\) on /);
    expect(lines[1]).toMatch(/^warning: plain JavaScript, .* slower/);
  });

  it('says what is installed and does not start, and goes on', async () => {
    const lines: string[] = [];
    const { start } = starting({
      'tfjs-node-gpu': new Error('libcudart.so.11.0: cannot open shared object file\nmore'),
      'tfjs-node': 'refuses',
      onnxruntime: 'starts',
    });
    const selected = await selectBackend('auto', { start, log: (line) => lines.push(line) });
    expect(selected.name).toBe('onnxruntime');
    expect(lines.slice(0, 2)).toEqual([
      'warning: @tensorflow/tfjs-node-gpu is installed but does not start: libcudart.so.11.0: cannot open shared object file',
      'warning: @tensorflow/tfjs-node is installed but does not start: TensorFlow.js could not start it',
    ]);
  });

  it('takes a missing dependency of a package for a failure, not for a missing package', async () => {
    const lines: string[] = [];
    const { start } = starting({ 'tfjs-node': missing('@mapbox/node-pre-gyp'), cpu: 'starts' });
    await selectBackend('auto', { start, log: (line) => lines.push(line) });
    expect(lines[0]).toMatch(/tfjs-node is installed but does not start: .*node-pre-gyp/);
  });

  it('lists the names where it knows none such', async () => {
    await expect(selectBackend('cuda')).rejects.toThrow(
      /unknown compute backend[\s\S]*"cuda"[\s\S]*auto, tfjs-node-gpu, tfjs-node, onnxruntime, wasm, cpu/,
    );
  });

  it('says how to install the one that was asked for, or that it does not start', async () => {
    const { start } = starting({ 'tfjs-node': new Error('bad ELF') });
    await expect(selectBackend('tfjs-node-gpu', { start })).rejects.toThrow(
      /is not installed[\s\S]*npm install @tensorflow\/tfjs-node-gpu/,
    );
    await expect(selectBackend('tfjs-node', { start })).rejects.toThrow(/does not start[\s\S]*bad ELF/);
  });

  it('says that there is none at all', async () => {
    const { start } = starting({ onnxruntime: new Error('no AVX') });
    await expect(selectBackend('auto', { start })).rejects.toThrow(/no compute backend[\s\S]*no AVX/);
  });

  it.each(['onnxruntime', 'cpu'] as const)('really starts %s, and says what it is', async (name) => {
    const selected = await selectBackend(name, { from: '' });
    expect(tf.getBackend()).toBe(BACKENDS.find((candidate) => candidate.name === name)!.registers);
    expect(selected).toMatchObject({ name, tfjsVersion: tf.version['tfjs-core'], node: process.version });
    expect(selected.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(selected.device).toMatch(/ cores$/);
    const [sum] = await tf.add(1, 2).data();
    expect(sum).toBe(3);
  });
});

const native = process.env.TFJS_NODE_DIR;
const hasNative =
  native !== undefined &&
  existsSync(join(native, 'node_modules', '@tensorflow', 'tfjs-node', 'package.json'));
if (!hasNative)
  console.warn('SKIPPED: TFJS_NODE_DIR names no folder with @tensorflow/tfjs-node; it was not started.');

describe.skipIf(!hasNative)('a real tfjs-node', () => {
  it('is what auto takes', () => {
    const module = new URL('../index.ts', import.meta.url).href;
    const script = `
      import { selectBackend } from ${JSON.stringify(module)};
      import { tf } from '@syn2real/core';
      const selected = await selectBackend('auto');
      console.log(JSON.stringify({ ...selected, registered: tf.getBackend(), sum: (await tf.add(1, 2).data())[0] }));`;
    const output = execFileSync(
      process.execPath,
      ['--conditions=@syn2real/source', '--import', 'tsx', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(JSON.parse(output.trim().split('\n').at(-1)!)).toMatchObject({
      name: 'tfjs-node',
      package: '@tensorflow/tfjs-node',
      version: '4.22.0',
      registered: 'tensorflow',
      sum: 3,
    });
  });
});

describe('restoreUtil', () => {
  it('adds what is missing and leaves what is there', () => {
    const own = () => true;
    const util: Record<string, unknown> = { isArray: own };
    restoreUtil(util);
    expect(util.isArray).toBe(own);
    const check = util.isNullOrUndefined as (value: unknown) => boolean;
    expect([null, undefined, 0, ''].map(check)).toEqual([true, true, false, false]);
    const cases: [string, unknown, unknown][] = [
      ['isBoolean', false, 0],
      ['isFunction', own, {}],
      ['isNull', null, undefined],
      ['isNumber', Number.NaN, '1'],
      ['isObject', [], null],
      ['isString', '', 1],
      ['isUndefined', undefined, null],
    ];
    for (const [name, yes, no] of cases) {
      const test = util[name] as (value: unknown) => boolean;
      expect([test(yes), test(no)], name).toEqual([true, false]);
    }
  });
});
