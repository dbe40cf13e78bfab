import { describe, expect, it } from 'vitest';
import { NCHWC_DOMAIN, type OnnxGraph, type OnnxNode } from '../onnx/model.js';
import { copyResiduals } from './residuals.js';

const node = (op: string, inputs: readonly string[], output: string, domain = ''): OnnxNode => ({
  op,
  domain,
  name: output,
  inputs,
  outputs: [output],
  attributes: {},
});

const shape = [1, 16, 2, 2];

function graph(nodes: readonly OnnxNode[]): OnnxGraph {
  const value = (name: string) => ({ name, shape, type: 'float32' as const });
  return { nodes, inputs: [value('x'), value('w')], outputs: [value('out')], initializers: [] };
}

const sumOf = (result: OnnxGraph) => result.nodes.find(({ op }) => op === 'Conv')?.inputs[3];

describe('copyResiduals', () => {
  it('leaves an operand alone that nobody reads later', () => {
    const given = graph([
      node('Relu', ['x'], 'a'),
      node('Conv', ['x', 'w', '', 'a'], 'b', NCHWC_DOMAIN),
      node('Relu', ['b'], 'out'),
    ]);
    expect(copyResiduals(given)).toBe(given);
  });

  it('copies an operand that is read later, and one that belongs to the caller', () => {
    const later = copyResiduals(
      graph([
        node('Relu', ['x'], 'a'),
        node('Conv', ['x', 'w', '', 'a'], 'b', NCHWC_DOMAIN),
        node('Add', ['b', 'a'], 'out'),
      ]),
    );
    const copy = later.nodes.find(({ op }) => op === 'Mul');
    expect(copy?.inputs[0]).toBe('a');
    expect(sumOf(later)).toBe(copy?.outputs[0]);
    expect(later.initializers.map(({ data }) => [...data])).toEqual([[1]]);
    expect(later.nodes.at(-1)?.op).toBe('Add');
    expect(sumOf(copyResiduals(graph([node('Conv', ['x', 'w', '', 'x'], 'out', NCHWC_DOMAIN)])))).not.toBe(
      'x',
    );
  });

  it('leaves other convolutions alone', () => {
    const given = graph([node('Conv', ['x', 'w', '', 'x'], 'b'), node('Add', ['b', 'x'], 'out')]);
    expect(copyResiduals(given)).toBe(given);
  });
});
