import { executionOrder } from '../onnx/execution-order.js';
import type { OnnxGraph, OnnxNode } from '../onnx/model.js';

/** Operations that may write over an operand of the result's size while they read it. */
export const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Relu',
  'Neg',
  'Min',
  'Max',
]);

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface LastReader {
  /** Place in the execution of the last node that reads the input, through reshapes too. */
  readonly last: number;
  /** That node. */
  readonly node: OnnxNode | undefined;
}

function lastReaders(graph: OnnxGraph, order: readonly OnnxNode[]): Map<string, LastReader> {
  const source = new Map(graph.inputs.map((value) => [value.name, value.name]));
  const readers = new Map<string, LastReader>(
    graph.inputs.map((value) => [value.name, { last: -1, node: undefined }]),
  );
  order.forEach((node, i) => {
    for (const name of node.inputs) {
      const input = source.get(name);
      if (input !== undefined) readers.set(input, { last: i, node });
    }
    const viewed = node.op === 'Reshape' ? source.get(node.inputs[0]!) : undefined;
    if (viewed !== undefined) source.set(node.outputs[0]!, viewed);
  });
  return readers;
}

/**
 * For each output the input whose buffer it may take over, or -1: an input of the same size that no node reads once
 * the output is written. So parameters and momentum are updated in place.
 *
 * @param dying Inputs, by position, whose tensor is gone; only these are considered.
 */
export function planReuse(graph: OnnxGraph, dying: readonly boolean[]): number[] {
  const order = executionOrder(graph);
  const readers = lastReaders(graph, order);
  const producers = new Map<string, number>();
  order.forEach((node, i) => {
    for (const name of node.outputs) producers.set(name, i);
  });
  const bySize = new Map<number, number[]>();
  graph.inputs.forEach((input, i) => {
    if (!dying[i] || input.type !== 'float32') return;
    const size = sizeOf(input.shape);
    bySize.set(size, [...(bySize.get(size) ?? []), i]);
  });
  const plan = graph.outputs.map(() => -1);
  const inOrder = graph.outputs
    .map((output, index) => ({ output, index, position: producers.get(output.name) ?? -1 }))
    .sort((a, b) => a.position - b.position);
  for (const { output, index, position } of inOrder) {
    const size = sizeOf(output.shape);
    const candidates = output.type === 'float32' ? bySize.get(size) : undefined;
    const found = candidates?.findIndex((i) => {
      const input = graph.inputs[i]!;
      const { last, node } = readers.get(input.name)!;
      if (last < position) return true;
      return last === position && ELEMENTWISE.has(node!.op);
    });
    if (candidates === undefined || found === undefined || found < 0) continue;
    plan[index] = candidates.splice(found, 1)[0]!;
  }
  return plan;
}
