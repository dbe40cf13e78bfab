import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../runtime/options.js';
import { createSession, runInto } from '../runtime/session.js';
import { encodeModel, type OnnxGraph, type OnnxNode } from './model.js';

const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({
  op,
  domain: '',
  name: output,
  inputs,
  outputs: [output],
  attributes,
});

const integers = (name: string, data: number[]) => ({
  name,
  shape: [data.length],
  type: 'int64' as const,
  data: BigInt64Array.from(data.map(BigInt)),
});

/** Integers as shapes, places, axes and pads. */
const GRAPH: OnnxGraph = {
  nodes: [
    node('Reshape', ['x', 'shape'], 'a', { allowzero: 1 }),
    node('Slice', ['a', 'starts', 'ends', 'axes'], 'b'),
    node('Pad', ['b', 'pads'], 'c'),
    node('Gather', ['c', 'rows'], 'd', { axis: 0 }),
    node('Expand', ['d', 'wide'], 'e'),
    node('ReduceSum', ['e', 'axes'], 'y', { keepdims: 0 }),
  ],
  inputs: [{ name: 'x', shape: [12], type: 'float32' }],
  outputs: [{ name: 'y', shape: [2, 3], type: 'float32' }],
  initializers: [
    integers('shape', [4, 3]),
    integers('starts', [1]),
    integers('ends', [3]),
    integers('axes', [0]),
    integers('pads', [1, 0, 0, 0]),
    integers('rows', [2, 1]),
    integers('wide', [5, 2, 3]),
  ],
};

describe('encodeModel', () => {
  it.each([true, false])('a model computes the same whether it says its shapes or not (%s)', (shapes) => {
    const session = createSession(encodeModel(GRAPH, { shapes }), resolveOptions({ device: 'cpu' }));
    const y = new Float32Array(6);
    runInto(
      session,
      {
        x: {
          dims: [12],
          data: Float32Array.from({ length: 12 }, (_, i) => i),
          type: 'float32',
          location: 'cpu',
        },
      },
      { y: { dims: [2, 3], data: y, type: 'float32', location: 'cpu' } },
    );
    session.dispose();
    // Rows 1 and 2 of x below a row of zeros; rows 2 and 1 of that, five times.
    expect([...y]).toEqual([30, 35, 40, 15, 20, 25]);
  });
});
