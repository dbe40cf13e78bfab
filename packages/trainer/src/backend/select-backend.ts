import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tf, UserError } from '@syn2real/core';
import { packageVersion } from '../run/code-version.js';
import { BACKENDS, type BackendName, type Candidate } from './candidates.js';
import { refuseMissingKernels } from './refuse-missing-kernels.js';
import { restoreUtil } from './restore-util.js';
import { addWasmFilterGradient } from './wasm-filter-gradient.js';

/** The engine that a run computes on, as it is printed and recorded. */
export interface SelectedBackend {
  readonly [key: string]: string;
  readonly name: BackendName;
  /** The npm package that it comes from. */
  readonly package: string;
  readonly version: string;
  /** What it runs on: `"gpu"`, or processor and logical cores. */
  readonly device: string;
  readonly tfjsVersion: string;
  /** Version of Node. */
  readonly node: string;
}

/** Options of {@link selectBackend}. */
export interface SelectBackendOptions {
  /** Told the choice, and what was passed over and why, a line each. Default: nothing. */
  log?: (line: string) => void;
  /** A folder whose packages are looked at before this one's. Default: the environment variable TFJS_NODE_DIR. */
  from?: string;
  /** How a package is loaded; an argument so that failures can be tried. Default: import, tf.setBackend, one sum. */
  start?: (candidate: Candidate) => Promise<boolean>;
}

/**
 * Chooses and starts TensorFlow.js's engine.
 *
 * `auto` takes the first that is installed and starts, in the order `tfjs-node-gpu`, `tfjs-node`, `onnxruntime`,
 * `wasm`, `cpu`; the first two and `wasm` are optional packages. An engine starts where it computes a sum, so that one
 * whose native files cannot be loaded here is passed over. `wasm` is given the gradient of a convolution's filter, which
 * it lacks; the little that it still cannot compute is a UserError that says so.
 *
 * @throws UserError where the name is unknown, or the engine asked for is not installed or does not start
 * @example
 * ```ts
 * const backend = await selectBackend('auto', { log: console.error });
 * ```
 */
export async function selectBackend(
  name: 'auto' | BackendName | (string & {}) = 'auto',
  {
    log = () => {},
    from = process.env.TFJS_NODE_DIR,
    start = (candidate) => startBackend(candidate, from),
  }: SelectBackendOptions = {},
): Promise<SelectedBackend> {
  const wanted = name === 'auto' ? BACKENDS : BACKENDS.filter((candidate) => candidate.name === name);
  if (wanted.length === 0) {
    throw new UserError({
      what: 'unknown compute backend',
      got: JSON.stringify(name),
      expected: `one of auto, ${BACKENDS.map((candidate) => candidate.name).join(', ')}`,
    });
  }
  const failures: string[] = [];
  for (const candidate of wanted) {
    try {
      if (!(await start(candidate))) throw new Error('TensorFlow.js could not start it');
    } catch (error) {
      if (name !== 'auto') throw startError(candidate, error);
      if (isMissing(error, candidate.package)) continue;
      const failure = `${candidate.package} is installed but does not start: ${reason(error)}`;
      failures.push(failure);
      log(`warning: ${failure}`);
      continue;
    }
    const selected = describe(candidate, from);
    log(`backend: ${selected.name} (${selected.package} ${selected.version}) on ${selected.device}`);
    if (candidate.warning !== undefined) log(`warning: ${candidate.warning}`);
    return selected;
  }
  throw new UserError({
    what: 'no compute backend could be started',
    got: failures.join('; '),
    fix: 'reinstall the packages: npm install @syn2real/tfjs-backend-onnxruntime',
  });
}

/**
 * Imports a candidate's package, from `from` if it is there, and makes it TensorFlow.js's backend.
 *
 * Some load their native files not before they have something to compute: hence the sum.
 */
async function startBackend(candidate: Candidate, from: string | undefined): Promise<boolean> {
  if (candidate.native === true) {
    restoreUtil();
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  }
  if (candidate.package !== TFJS) await load(candidate.package, from);
  if (!(await tf.setBackend(candidate.registers))) return false;
  if (candidate.name === 'wasm') {
    addWasmFilterGradient();
    refuseMissingKernels(candidate);
  }
  return tf.tidy(() => tf.add(1, 2).dataSync()[0] === 3);
}

async function load(name: string, from: string | undefined): Promise<void> {
  if (from !== undefined && from !== '') {
    const require = requireFrom(from);
    if (resolves(require, name)) {
      quietly(() => require(name));
      return;
    }
  }
  await (name === EMBEDDED ? import('@syn2real/tfjs-backend-onnxruntime') : import(name));
}

/**
 * A package from another folder brings its own copy of TensorFlow.js, which says of each of its hundreds of kernels
 * that there is one already.
 */
function quietly(work: () => unknown): void {
  const { warn } = console;
  console.warn = (...args: unknown[]) => {
    if (!/already registered|Platform node has already been set/.test(String(args[0]))) warn(...args);
  };
  try {
    work();
  } finally {
    console.warn = warn;
  }
}

function describe(candidate: Candidate, from: string | undefined): SelectedBackend {
  const places = [
    ...(from === undefined || from === '' ? [] : [requireFrom(from)]),
    createRequire(import.meta.url),
  ];
  const found = places.find((require) => resolves(require, candidate.package));
  return {
    name: candidate.name,
    package: candidate.package,
    version: found === undefined ? 'unknown' : packageVersion(found, candidate.package),
    device: usesGpu() ? 'gpu' : `${cpus()[0]?.model.trim() ?? process.arch}, ${availableParallelism()} cores`,
    tfjsVersion: tf.version['tfjs-core'],
    node: process.version,
  };
}

function usesGpu(): boolean {
  const backend: unknown = tf.backend();
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'isUsingGpuDevice' in backend &&
    backend.isUsingGpuDevice === true
  );
}

function requireFrom(folder: string): NodeJS.Require {
  return createRequire(pathToFileURL(join(folder, 'package.json')));
}

function resolves(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the package itself is not installed, rather than something that it needs. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  return missing && new RegExp(`Cannot find (package|module) '${name}'`).test(error.message);
}

function startError(candidate: Candidate, error: unknown): UserError {
  const missing = isMissing(error, candidate.package);
  return new UserError({
    what: missing
      ? `the backend "${candidate.name}" is not installed`
      : `the backend "${candidate.name}" does not start`,
    got: reason(error),
    fix: missing ? `npm install ${candidate.package}` : 'choose another --backend, or auto',
    cause: error,
  });
}

/** The first line of what lies at the bottom of an error. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error).split('\n')[0]!;
  return error.cause instanceof Error ? reason(error.cause) : error.message.split('\n')[0]!;
}

const TFJS = '@tensorflow/tfjs';
const EMBEDDED = '@syn2real/tfjs-backend-onnxruntime';
