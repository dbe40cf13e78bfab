import type { OnnxGraph, OnnxNode } from './model.js';

/** For each node the places of those whose results it reads, each once, ascending. */
export function producersOf(nodes: readonly OnnxNode[]): readonly (readonly number[])[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.outputs) producer.set(name, i);
  });
  return nodes.map((node) => {
    const found = node.inputs.flatMap((name) => producer.get(name) ?? []);
    return [...new Set(found)].sort((a, b) => a - b);
  });
}

/** Tells of each node whether none reads its results. */
export function leavesOf(producers: readonly (readonly number[])[]): readonly boolean[] {
  const isRead = new Set(producers.flat());
  return producers.map((_, i) => !isRead.has(i));
}

/**
 * The order in which ONNX Runtime executes a graph that `encodeModel` wrote.
 *
 * Its sequential executor walks depth-first from the leaves, the last one first, and enters a node's producers from
 * the highest index down; a node runs once all its producers have. As models are written last node first, that is:
 * leaves in order, producers in order.
 */
export function executionOrder({ nodes }: OnnxGraph): readonly OnnxNode[] {
  const producers = producersOf(nodes);
  const visited = new Set<number>();
  const order: OnnxNode[] = [];
  const stack: { readonly index: number; readonly leave: boolean }[] = [];
  leavesOf(producers).forEach((isLeaf, index) => {
    if (isLeaf) stack.push({ index, leave: false });
  });
  stack.reverse();
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { index, leave } = entry;
    if (leave) order.push(nodes[index]!);
    else if (!visited.has(index)) {
      visited.add(index);
      stack.push({ index, leave: true });
      for (const from of producers[index]!.toReversed())
        if (!visited.has(from)) stack.push({ index: from, leave: false });
    }
  }
  return order;
}
