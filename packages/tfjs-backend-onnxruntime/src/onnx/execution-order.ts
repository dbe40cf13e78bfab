import type { OnnxGraph, OnnxNode } from './model.js';

/**
 * The order in which ONNX Runtime executes a graph that `encodeModel` wrote.
 *
 * Its sequential executor walks depth-first from the leaves, the last one first, and enters a node's producers from
 * the highest index down; a node runs once all its producers have. As models are written last node first, that is:
 * leaves in order, producers in order.
 */
export function executionOrder({ nodes }: OnnxGraph): readonly OnnxNode[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.outputs) producer.set(name, i);
  });
  const producersOf = nodes.map((node) => {
    const found = node.inputs.flatMap((name) => producer.get(name) ?? []);
    return [...new Set(found)].sort((a, b) => b - a);
  });
  const isRead = new Set(producersOf.flat());
  const visited = new Set<number>();
  const order: OnnxNode[] = [];
  const stack: { readonly index: number; readonly leave: boolean }[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) if (!isRead.has(i)) stack.push({ index: i, leave: false });
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { index, leave } = entry;
    if (leave) order.push(nodes[index]!);
    else if (!visited.has(index)) {
      visited.add(index);
      stack.push({ index, leave: true });
      for (const from of producersOf[index]!)
        if (!visited.has(from)) stack.push({ index: from, leave: false });
    }
  }
  return order;
}
