import { describe, expect, it } from 'vitest';
import type { OnnxGraph, OnnxNode, OnnxValue } from '../onnx/model.js';
import { splitSteady } from './steady.js';

const SHAPE = [512, 512];

const value = (name: string, shape: readonly number[] = SHAPE): OnnxValue => ({
  name,
  shape,
  type: 'float32',
});

const node = (op: string, inputs: string[], output: string): OnnxNode => ({
  op,
  domain: '',
  name: output,
  inputs,
  outputs: [output],
  attributes: {},
});

const shapeOf = (name: string, shape: readonly number[]) => ({
  name,
  shape: [shape.length],
  type: 'int64' as const,
  data: BigInt64Array.from(shape.map(BigInt)),
});

/** y = x · (w · s · two), and the same with a view of the weight. */
const graph = (nodes: OnnxNode[], outputs = ['y']): OnnxGraph => ({
  nodes,
  inputs: [value('x'), value('w'), value('s'), value('two', [])],
  outputs: outputs.map((name) => value(name)),
  initializers: [shapeOf('flat', [512 * 512]), shapeOf('square', SHAPE)],
});

const folding = [node('Mul', ['s', 'two'], 'scale'), node('Mul', ['w', 'scale'], 'folded')];
const known = new Map(['scale', 'folded', 'other', 'y'].map((name) => [name, value(name)]));
const split = (whole: OnnxGraph, steady = ['w', 's']) => splitSteady(whole, new Set(steady), known);
const names = (values: readonly { readonly name: string }[]): string[] => values.map(({ name }) => name);

describe('splitSteady', () => {
  it('takes out what frozen weights are folded into', () => {
    const found = split(graph([...folding, node('MatMul', ['x', 'folded'], 'y')]))!;
    expect(names(found.steady.nodes)).toEqual(['scale', 'folded']);
    expect(names(found.steady.outputs)).toEqual(['folded']);
    expect(names(found.steady.inputs)).toEqual(['w', 's', 'two']);
    expect(names(found.main.nodes)).toEqual(['y']);
    expect(names(found.main.inputs)).toEqual(['x', 'folded']);
  });

  it('leaves a graph whole where nothing is steady, or only numbers are', () => {
    const whole = graph([...folding, node('MatMul', ['x', 'folded'], 'y')]);
    expect(split(whole, [])).toBeUndefined();
    expect(split(whole, ['x'])).toBeUndefined();
  });

  it('keeps no view of an input and no result of the graph', () => {
    const view = [node('Reshape', ['w', 'flat'], 'flat_w'), node('Reshape', ['flat_w', 'square'], 'view')];
    expect(split(graph([...view, node('MatMul', ['x', 'view'], 'y')]))).toBeUndefined();
    expect(split(graph([...folding.slice(0, 1), node('Mul', ['w', 'scale'], 'y')]))?.main.outputs).toEqual([
      value('y'),
    ]);
    expect(names(split(graph([node('Mul', ['w', 's'], 'y')]))?.steady.nodes ?? [])).toEqual([]);
  });

  it('keeps one of the forms that a value is reshaped to', () => {
    const found = split(
      graph(
        [
          ...folding,
          node('Reshape', ['folded', 'flat'], 'a'),
          node('Reshape', ['folded', 'square'], 'b'),
          node('Mul', ['a', 'x'], 'y'),
          node('Mul', ['b', 'x'], 'z'),
        ],
        ['y', 'z'],
      ),
    )!;
    expect(names(found.steady.outputs)).toEqual(['b']);
    expect(found.main.nodes[0]).toMatchObject({ op: 'Reshape', inputs: ['b', 'flat'], outputs: ['a'] });
  });

  it('computes what has no known shape in every run, from what can be kept', () => {
    const found = split(
      graph([...folding, node('Exp', ['folded'], 'unknown'), node('MatMul', ['x', 'unknown'], 'y')]),
    )!;
    expect(names(found.main.nodes)).toEqual(['unknown', 'y']);
    expect(names(found.steady.outputs)).toEqual(['folded']);
  });

  it('keeps neither too little nor a value too large', () => {
    const small = [node('Mul', ['s', 'two'], 'little'), node('Mul', ['x', 'little'], 'y')];
    const sized = (shape: readonly number[]) =>
      splitSteady(graph(small), new Set(['s']), new Map([['little', value('little', shape)]]));
    expect(sized([512])).toBeUndefined();
    expect(sized([512, 512])).toBeDefined();
    expect(sized([2048, 2047])).toBeDefined();
    expect(sized([2048, 2048])).toBeUndefined();
  });
});
