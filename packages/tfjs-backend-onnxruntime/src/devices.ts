import { createRequire } from 'node:module';
import { encodeModel } from './onnx/model.js';
import { findAddon, ORT_VERSION } from './runtime/addon.js';
import { nativeBinding } from './runtime/binding.js';
import { DEVICES, type Device } from './runtime/options.js';
import { createProviderSession } from './runtime/session.js';

/** A device that graphs can run on, here or elsewhere. */
export interface DeviceInfo {
  readonly device: Device;
  /** It ran a small graph just now. */
  readonly available: boolean;
  /** What is missing, and how to get it; empty where the device is available. */
  readonly missing: string;
}

/** What a device needs, for the error message. */
const HOW: Readonly<Record<Device, string>> = {
  cpu: `a platform that ONNX Runtime ${ORT_VERSION} has files for: linux-x64, linux-arm64, darwin-arm64, win32-x64, win32-arm64`,
  webgpu:
    'a GPU with a driver for Vulkan (linux-x64: apt-get install libvulkan1, and the GPU maker’s driver), ' +
    'Direct3D 12 (Windows) or Metal (macOS)',
  cuda:
    'linux-x64, an NVIDIA GPU with CUDA 12 and cuDNN 9, and its provider: ' +
    `npm install onnxruntime-node@${ORT_VERSION} --onnxruntime-node-install=cuda12`,
  coreml: 'macOS on Apple silicon',
  dml: 'Windows 10 or later with a Direct3D 12 GPU',
};

function isOffered(device: Device): boolean {
  if (device === 'cpu') return true;
  if (device === 'cuda') return findAddon(createRequire(import.meta.url))?.hasCuda === true;
  return nativeBinding()
    .listSupportedBackends()
    .some(({ name, bundled }) => name === device && bundled);
}

/** Runs a graph of one operation on the device. */
function tryDevice(device: Device): void {
  const model = encodeModel({
    inputs: [{ name: 'x', shape: [1, 4], type: 'float32' }],
    outputs: [{ name: 'y', shape: [1, 4], type: 'float32' }],
    initializers: [],
    nodes: [{ op: 'Relu', domain: '', name: 'probe', inputs: ['x'], outputs: ['y'], attributes: {} }],
  });
  const session = createProviderSession(model, device);
  session.dispose();
}

function missingFor(device: Device): string {
  try {
    if (!isOffered(device)) {
      return `ONNX Runtime has no ${device} here (${process.platform}-${process.arch}). It needs ${HOW[device]}.`;
    }
    tryDevice(device);
    return '';
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `ONNX Runtime could not start ${device}: ${reason} It needs ${HOW[device]}.`;
  }
}

/**
 * The devices that graphs can run on, each tried once; what is missing where one cannot be used.
 *
 * @returns One entry for each of `cpu`, `webgpu`, `cuda`, `coreml` and `dml`.
 * @example
 * ```ts
 * for (const { device, available, missing } of listDevices()) console.log(device, available ? 'ready' : missing);
 * ```
 */
export function listDevices(): DeviceInfo[] {
  return DEVICES.map((device) => {
    const missing = missingFor(device);
    return { device, available: missing === '', missing };
  });
}

/** @throws Error that says how to get the device, where it cannot be used. */
export function requireDevice(device: Device): void {
  if (device === 'cpu') return;
  const missing = missingFor(device);
  if (missing === '') return;
  throw new Error(
    `The onnxruntime backend cannot use the device '${device}'. ${missing} ` +
      "Devices are listed by listDevices(); 'cpu' is always there.",
  );
}
