import { describe, expect, it } from 'vitest';
import { executionOrder } from '../onnx/execution-order.js';
import type { OnnxGraph, OnnxNode } from '../onnx/model.js';
import { planReuse } from './reuse.js';
import { schedule } from './schedule.js';

const SIZE = 256;
const value = (name: string) => ({ name, shape: [SIZE, SIZE], type: 'float32' as const });

const node = (op: string, inputs: string[], output: string): OnnxNode => ({
  op,
  domain: '',
  name: output,
  inputs,
  outputs: [output],
  attributes: {},
});

/** A training step of a chain of products, as it is recorded: forward, backward, then the updates in order. */
function trainingStep(layers: number): OnnxGraph {
  const all = Array.from({ length: layers }, (_, i) => i);
  const backward = all
    .toReversed()
    .flatMap((i) => [
      ...(i === 0 ? [] : [node('MatMul', [`dy${i + 1}`, `w${i}`], `dy${i}`)]),
      node('MatMul', [`y${i}`, `dy${i + 1}`], `dw${i}`),
    ]);
  return {
    nodes: [
      ...all.map((i) => node('MatMul', [`y${i}`, `w${i}`], `y${i + 1}`)),
      node('Tanh', [`y${layers}`], 'loss'),
      node('Neg', [`y${layers}`], `dy${layers}`),
      ...backward,
      ...all.map((i) => node('Sub', [`w${i}`, `dw${i}`], `next${i}`)),
    ],
    inputs: ['y0', ...all.map((i) => `w${i}`)].map(value),
    outputs: ['loss', ...all.map((i) => `next${i}`)].map(value),
    initializers: [],
  };
}

describe('schedule', () => {
  const layers = 4;
  const graph = trainingStep(layers);
  const dying = graph.inputs.map(({ name }) => name !== 'y0');
  const scheduled = schedule(graph, dying);
  const place = new Map(
    executionOrder(scheduled).flatMap(({ outputs }, i) => outputs.map((name) => [name, i])),
  );
  const at = (name: string): number => {
    const found = place.get(name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };

  it('runs every node of the graph', () => {
    expect(graph.nodes.filter(({ name }) => !place.has(name))).toEqual([]);
    expect(new Set(scheduled.nodes).size).toBe(scheduled.nodes.length);
  });

  it("updates a layer's parameter before the gradients of the layer below are computed", () => {
    for (let i = 1; i < layers; i++) {
      expect(at(`next${i}`)).toBeLessThan(at(`dw${i - 1}`));
      if (i > 1) expect(at(`next${i}`)).toBeLessThan(at(`dy${i - 1}`));
    }
  });

  it('lets an update wait for the last use of the old value, and so be in place', () => {
    for (let i = 1; i < layers; i++) expect(at(`dy${i}`)).toBeLessThan(at(`next${i}`));
    const reuse = planReuse(scheduled, dying);
    scheduled.outputs.forEach(({ name }, i) => {
      if (name === 'loss') expect(reuse[i]).toBe(-1);
      else expect(scheduled.inputs[reuse[i]!]?.name).toBe(name.replace('next', 'w'));
    });
  });

  it('leaves inputs that live on as they are', () => {
    const kept = schedule(
      graph,
      graph.inputs.map(() => false),
    );
    expect(new Set(kept.nodes)).toEqual(new Set(graph.nodes));
  });
});
