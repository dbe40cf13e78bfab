import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeBinding } from '../runtime/binding.js';
import { runInto } from '../runtime/session.js';
import { generator } from '../testing/compare.js';
import { executionOrder } from './execution-order.js';
import { type EncodeOptions, encodeModel, type OnnxGraph, type OnnxNode } from './model.js';

const SIZE = 4;

/** A random graph of additions over two inputs; its unread nodes are the outputs. */
function randomGraph(seed: number): OnnxGraph {
  const next = generator(seed);
  const names = ['a', 'b'];
  const nodes = Array.from({ length: 30 }, (_, i): OnnxNode => {
    const pick = () => names[Math.floor(next() ** 0.5 * names.length)]!;
    const node: OnnxNode = {
      op: 'Add',
      domain: '',
      name: `n${i}`,
      inputs: [pick(), pick()],
      outputs: [`v${i}`],
      attributes: {},
    };
    names.push(`v${i}`);
    return node;
  });
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const value = (name: string) => ({ name, shape: [SIZE], type: 'float32' as const });
  return {
    nodes,
    inputs: ['a', 'b'].map(value),
    outputs: nodes.flatMap((node) => node.outputs.filter((name) => !read.has(name))).map(value),
    initializers: [],
  };
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
}

/** Names of the nodes in the order ONNX Runtime's own profile shows. */
function observedOrder(graph: OnnxGraph, options: EncodeOptions): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'order-'));
  try {
    const session = new (nativeBinding().InferenceSession)();
    const model = encodeModel(graph, options);
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      graphOptimizationLevel: 'disabled',
      executionMode: 'sequential',
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    const tensor = () => ({
      dims: [SIZE],
      data: new Float32Array(SIZE),
      type: 'float32' as const,
      location: 'cpu' as const,
    });
    runInto(
      session,
      { a: tensor(), b: tensor() },
      Object.fromEntries(graph.outputs.map(({ name }) => [name, tensor()])),
    );
    session.endProfiling();
    session.dispose();
    const file = readdirSync(folder).find((name) => name.endsWith('.json'))!;
    const events: ProfileEvent[] = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return events
      .filter(({ cat, name }) => cat === 'Node' && /^n\d+_kernel_time$/.test(name))
      .map(({ name }) => name.replace('_kernel_time', ''));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('executionOrder', () => {
  it.each([1, 2, 3, 4, 5, 6])('is the order of ONNX Runtime for a random graph (%i)', (seed) => {
    const graph = randomGraph(seed);
    const expected = executionOrder(graph).map(({ name }) => name);
    expect(observedOrder(graph, { shapes: true })).toEqual(expected);
    expect(observedOrder(graph, { shapes: false })).toEqual(expected);
  });
});
