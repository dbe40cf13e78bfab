import { executionOrder, leavesOf, producersOf } from '../onnx/execution-order.js';
import { NCHWC_DOMAIN, type OnnxGraph, type OnnxNode } from '../onnx/model.js';

const SUM = 3;

const ONE = 'residual_one';

/**
 * Copies what a blocked convolution adds its result to, where somebody reads it later: the convolution writes over its
 * operand if it may, and else copies it with one thread. A product with 1 does so with all of them and is the same to
 * the bit.
 */
export function copyResiduals(graph: OnnxGraph): OnnxGraph {
  const lastReader = new Map<string, OnnxNode>();
  for (const node of executionOrder(graph)) for (const name of node.inputs) lastReader.set(name, node);
  const kept = new Set(graph.inputs.map(({ name }) => name));
  const copies: OnnxNode[] = [];
  const nodes = graph.nodes.map((node): OnnxNode => {
    const sum = node.inputs[SUM];
    if (node.op !== 'Conv' || node.domain !== NCHWC_DOMAIN || sum === undefined) return node;
    if (lastReader.get(sum) === node && !kept.has(sum)) return node;
    const copy = `${node.outputs[0]!}_residual`;
    copies.push({
      op: 'Mul',
      domain: '',
      name: `${node.name} residual`,
      inputs: [sum, ONE],
      outputs: [copy],
      attributes: {},
    });
    return { ...node, inputs: node.inputs.map((name, i) => (i === SUM ? copy : name)) };
  });
  if (copies.length === 0) return graph;
  // Before the leaves, behind all others: a node's producers run in order, and a copy should not be made early.
  const isLeaf = leavesOf(producersOf(nodes));
  const firstLeaf = isLeaf.indexOf(true);
  return {
    ...graph,
    nodes: [...nodes.slice(0, firstLeaf), ...copies, ...nodes.slice(firstLeaf)],
    initializers: [
      ...graph.initializers,
      { name: ONE, shape: [], type: 'float32', data: Float32Array.of(1) },
    ],
  };
}
