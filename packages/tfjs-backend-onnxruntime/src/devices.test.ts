import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { listDevices } from './devices.js';
import { registerOnnxRuntimeBackend } from './register.js';
import { findAddon, ORT_VERSION } from './runtime/addon.js';
import { type Device, resolveOptions } from './runtime/options.js';
import { relativeError } from './testing/compare.js';

const run = promisify(execFile);

/** A software adapter that Chromium's packages bring. */
const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

async function inProcess(file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const path = fileURLToPath(new URL(`./testing/${file}`, import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=@syn2real/source', '--import', 'tsx', path], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...env },
  });
  return stdout.trim().split('\n').at(-1)!;
}

const train = async (env: NodeJS.ProcessEnv): Promise<{ losses: number[]; parameters: number[] }> =>
  JSON.parse(await inProcess('train.ts', env));

const devices = async (env: NodeJS.ProcessEnv): Promise<ReturnType<typeof listDevices>> =>
  JSON.parse(await inProcess('devices.ts', env));

describe('listDevices', () => {
  it('says of each device that it is there, or what is missing', () => {
    const list = listDevices();
    expect(list.map(({ device }) => device)).toEqual(['cpu', 'webgpu', 'cuda', 'coreml', 'dml']);
    expect(list[0]).toEqual({ device: 'cpu', available: true, missing: '' });
    for (const { device, available, missing } of list) {
      expect(missing === '', device).toBe(available);
      if (!available) expect(missing).toMatch(/needs/);
    }
  });

  it.skipIf(process.platform === 'darwin')('what another platform has is missing', () => {
    expect(listDevices().find(({ device }) => device === 'coreml')?.missing).toBe(
      `ONNX Runtime has no coreml here (${process.platform}-${process.arch}). It needs macOS on Apple silicon.`,
    );
  });

  it('without an adapter WebGPU says so', async () => {
    const list = await devices({ VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' });
    const webgpu = list.find(({ device }) => device === 'webgpu')!;
    if (process.platform === 'linux') expect(webgpu.available).toBe(false);
    if (!webgpu.available) expect(webgpu.missing).toMatch(/webgpu[\s\S]* It needs a GPU with a driver/);
  });
});

describe('the option device', () => {
  it('is one of the list', () => {
    expect(() => resolveOptions({ device: 'gpu' as Device })).toThrow(
      "The onnxruntime backend's option device must be one of cpu, webgpu, cuda, coreml, dml, got 'gpu'.",
    );
    expect(resolveOptions({}).device).toBe('cpu');
  });

  it.skipIf(findAddon()?.hasCuda === true)(
    'a device that is not there is refused with the way to get it',
    () => {
      expect(() => registerOnnxRuntimeBackend({ device: 'cuda' })).toThrow(
        new RegExp(`cannot use the device 'cuda'[\\s\\S]*npm install onnxruntime-node@${ORT_VERSION}`),
      );
    },
  );
});

const candidates: NodeJS.ProcessEnv[] = [
  {},
  ...SWIFTSHADER.filter((file) => existsSync(file)).map((file) => ({ VK_ICD_FILENAMES: file })),
];
let adapter: NodeJS.ProcessEnv | undefined;
for (const env of candidates) {
  const list = await devices(env);
  if (list.some(({ device, available }) => device === 'webgpu' && available)) {
    adapter = env;
    break;
  }
}
if (adapter === undefined) {
  console.warn(
    'SKIPPED: no WebGPU adapter here, not even a software one (chromium and libvulkan1); WebGPU was not run.',
  );
}

describe.skipIf(adapter === undefined)('WebGPU', () => {
  it('trains a small network as the CPU does', async () => {
    const cpu = await train({ TFJS_ONNXRUNTIME_DEVICE: 'cpu' });
    const gpu = await train({ TFJS_ONNXRUNTIME_DEVICE: 'webgpu', ...adapter });
    expect(relativeError(gpu.losses, cpu.losses)).toBeLessThan(1e-5);
    expect(relativeError(gpu.parameters, cpu.parameters)).toBeLessThan(1e-5);
  });
});

describe('the native files', () => {
  const root = mkdtempSync(join(tmpdir(), 'tfjs-onnxruntime-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  /** A folder with both packages, made anew each time: Node remembers what it has read of a package. */
  const find = (own: readonly string[], version: string, other: readonly string[], arch = 'x64') => {
    const folder = mkdtempSync(join(root, 'app-'));
    const install = (name: string, manifest: object, files: readonly string[]) => {
      const at = join(folder, 'node_modules', name);
      for (const file of ['package.json', ...files]) {
        mkdirSync(dirname(join(at, file)), { recursive: true });
        writeFileSync(join(at, file), JSON.stringify(manifest));
      }
    };
    install('@syn2real/tfjs-backend-onnxruntime', { version: '1.0.0' }, own);
    install('onnxruntime-node', { version }, other);
    return findAddon(createRequire(join(folder, 'index.js')), 'linux', arch);
  };
  const native = 'native/linux/x64/onnxruntime_binding.node';
  const binary = 'bin/napi-v6/linux/x64/onnxruntime_binding.node';
  const cuda = 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so';

  it('are the package’s own, unless onnxruntime-node of the same release has CUDA', () => {
    expect(find([native], ORT_VERSION, [])).toMatchObject({ from: 'package', hasCuda: false });
    expect(find([native], ORT_VERSION, [binary])?.from).toBe('package');
    expect(find([native], ORT_VERSION, [binary, cuda])).toMatchObject({
      from: 'onnxruntime-node',
      hasCuda: true,
    });
    expect(find([native], '1.29.0', [binary, cuda])?.from).toBe('package');
  });

  it('are onnxruntime-node’s where the package has none, of the same release only', () => {
    expect(find([], ORT_VERSION, [binary])?.from).toBe('onnxruntime-node');
    expect(find([], '1.29.0', [binary])).toBeUndefined();
    expect(find([native], ORT_VERSION, [binary], 'riscv64')).toBeUndefined();
  });
});
