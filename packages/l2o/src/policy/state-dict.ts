import { type Params, tf, UserError } from '@syn2real/core';
import { coordinatesOf, policyShapes } from './shapes.js';

/** A tensor as PyTorch stores it, row-major: linear weights `[out, in]`. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by state-dict name, in PyTorch's layout. */
export type TorchStateDict = Readonly<Record<string, TorchTensor>>;

/**
 * Turns the state dict of a released policy (`policy_*.pth`) into parameters: every matrix is transposed to
 * TensorFlow.js's `[in, out]`.
 *
 * Strict: exactly the tensors of a policy, each in its shape; the number of coordinates is counted from the heads.
 * `@syn2real/weights` reads the file.
 *
 * @returns tensors owned by the caller
 * @throws UserError naming the first missing and unexpected tensors, or the first of a wrong shape
 * @example
 * ```ts
 * const policy = policyFromStateDict({ 'critic.fc.bias': { shape: [1], data: new Float32Array(1) }, ...others });
 * ```
 */
export function policyFromStateDict(tensors: TorchStateDict): Params {
  const shapes = policyShapes(Math.max(coordinatesOf(tensors), 1));
  checkNames(Object.keys(shapes), Object.keys(tensors));
  for (const [name, shape] of Object.entries(shapes)) checkShape(name, shape, tensors[name]!);
  const policy: Record<string, tf.Tensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    policy[name] = tf.tensor(transposed(tensors[name]!), [...shape], 'float32');
  }
  return policy;
}

/**
 * The inverse of {@link policyFromStateDict}: tensors in PyTorch's layout, ready to be written to a file.
 *
 * @param policy only read
 */
export async function policyToStateDict(policy: Params): Promise<TorchStateDict> {
  const state: Record<string, TorchTensor> = {};
  for (const [name, tensor] of Object.entries(policy)) {
    const data = Float32Array.from(await tensor.data());
    const shape = [...tensor.shape];
    state[name] = { shape: [...shape].reverse(), data: transposed({ shape, data }) };
  }
  return state;
}

function transposed({ shape, data }: TorchTensor): Float32Array {
  const [rows = 1, cols] = shape;
  if (cols === undefined) return data;
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = data[r * cols + c]!;
  return out;
}

function checkNames(expected: readonly string[], got: readonly string[]): void {
  const missing = expected.filter((name) => !got.includes(name));
  const unexpected = got.filter((name) => !expected.includes(name));
  if (missing.length === 0 && unexpected.length === 0) return;
  throw new UserError({
    what: 'these are not the tensors of an L2O policy',
    got: `${listed('missing', missing)}; ${listed('unexpected', unexpected)}`,
    expected: 'five encoders, a head per group, and the critic, by the names of the released state dict',
    fix: 'pass the state dict of a policy itself, not of the network that it controls nor of a wrapper around it',
  });
}

function checkShape(name: string, shape: readonly number[], tensor: TorchTensor): void {
  const wanted = [...shape].reverse();
  const size = shape.reduce((product, n) => product * n, 1);
  if (tensor.shape.join() === wanted.join() && tensor.data.length === size) return;
  throw new UserError({
    what: `"${name}" does not fit an L2O policy`,
    got: `shape [${tensor.shape.join(', ')}] with ${tensor.data.length} values`,
    expected: `shape [${wanted.join(', ')}], as PyTorch stores it`,
    fix: 'pass a policy with hidden size 20 and 11 actions per group',
  });
}

function listed(kind: string, names: readonly string[]): string {
  if (names.length === 0) return `none ${kind}`;
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  return `${names.length} ${kind} (${shown.join(', ')}${names.length > 3 ? ', …' : ''})`;
}
