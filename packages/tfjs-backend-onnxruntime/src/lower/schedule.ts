import { executionOrder, leavesOf, producersOf } from '../onnx/execution-order.js';
import type { OnnxGraph, OnnxInitializer, OnnxNode } from '../onnx/model.js';
import { ELEMENTWISE } from './reuse.js';

/** Inputs below this size may be copied. */
const MIN_BYTES = 64 << 10;

const LAYOUT: ReadonlySet<string> = new Set(['Reshape', 'ReorderInput', 'Gather', 'Transpose']);

const bytesOf = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1);

type Producers = readonly (readonly number[])[];

/** Tells of each node whether more than one leaf needs it; nodes stand after those they read. */
function sharedNodes(producers: Producers): readonly boolean[] {
  const MANY = -1;
  const neededBy = new Map<number, number>();
  for (let i = producers.length - 1; i >= 0; i--) {
    const leaf = neededBy.get(i) ?? i;
    for (const from of producers[i]!) {
      const known = neededBy.get(from);
      neededBy.set(from, known === undefined || known === leaf ? leaf : MANY);
    }
  }
  return producers.map((_, i) => neededBy.get(i) === MANY);
}

interface Work {
  /** Nodes that a leaf needs. */
  readonly all: number;
  /** Those that others need too: the later in the backward pass the leaf's gradient, the more. */
  readonly shared: number;
}

function workOf(leaves: readonly number[], producers: Producers): Map<number, Work> {
  const isShared = sharedNodes(producers);
  const seen = new Int32Array(producers.length).fill(-1);
  return new Map(
    leaves.map((leaf) => {
      const stack = [leaf];
      let [all, shared] = [0, 0];
      for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        all++;
        if (isShared[node]) shared++;
        for (const from of producers[node]!) {
          if (seen[from] === leaf) continue;
          seen[from] = leaf;
          stack.push(from);
        }
      }
      return [leaf, { all, shared }];
    }),
  );
}

function depths(producers: Producers): Int32Array {
  const depth = new Int32Array(producers.length);
  producers.forEach((from, i) => {
    for (const producer of from) depth[i] = Math.max(depth[i]!, depth[producer]! + 1);
  });
  return depth;
}

/**
 * Puts the leaves last, those of least shared work first: the last layer's parameters are updated first, as soon as
 * their gradients are there, and what the backward pass reads is free once it has been read. Of a node's operands the
 * one of the longest way comes first, so that small ones do not wait for it.
 */
function sort(graph: OnnxGraph): OnnxGraph {
  const producers = producersOf(graph.nodes);
  const isLeaf = leavesOf(producers);
  const places = graph.nodes.map((_, i) => i);
  const leaves = places.filter((i) => isLeaf[i]);
  const work = workOf(leaves, producers);
  const compare = (a: Work, b: Work) => a.shared - b.shared || a.all - b.all;
  const depth = depths(producers);
  const order = [
    ...places.filter((i) => !isLeaf[i]).sort((a, b) => depth[b]! - depth[a]!),
    ...leaves.sort((a, b) => compare(work.get(a)!, work.get(b)!)),
  ];
  return { ...graph, nodes: order.map((i) => graph.nodes[i]!) };
}

/** An update of a dying input, and the nodes that read the old value after it. */
interface Overtaking {
  readonly leaf: OnnxNode;
  readonly input: string;
  readonly shape: readonly number[];
  readonly late: readonly OnnxNode[];
}

function overtakings(graph: OnnxGraph, dying: readonly boolean[]): Overtaking[] {
  const order = executionOrder(graph);
  const position = new Map(order.map((node, i) => [node, i]));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of order) {
    for (const name of new Set(node.inputs)) {
      const list = readers.get(name);
      if (list === undefined) readers.set(name, [node]);
      else list.push(node);
    }
  }
  /** Who reads the value, in whatever layout. */
  const usersOf = (name: string): OnnxNode[] =>
    (readers.get(name) ?? []).flatMap((node) =>
      LAYOUT.has(node.op) && node.inputs[0] === name ? usersOf(node.outputs[0]!) : [node],
    );
  const shapes = new Map(
    graph.inputs.flatMap(({ name, shape, type }, i) =>
      dying[i] && type === 'float32' && bytesOf(shape) >= MIN_BYTES ? [[name, shape]] : [],
    ),
  );
  const sizes = new Map(graph.outputs.map(({ name, shape }) => [name, bytesOf(shape)]));
  return order.flatMap((leaf): Overtaking[] => {
    const [output] = leaf.outputs;
    if (!ELEMENTWISE.has(leaf.op) || output === undefined || readers.has(output)) return [];
    const input = leaf.inputs.find(
      (name) => shapes.has(name) && bytesOf(shapes.get(name)!) === sizes.get(output),
    );
    if (input === undefined) return [];
    const late = usersOf(input).filter((node) => position.get(node)! > position.get(leaf)!);
    return late.length === 0 ? [] : [{ leaf, input, shape: shapes.get(input)!, late: [...new Set(late)] }];
  });
}

/** The graph with each such update made to wait: its operand's shape is put together from theirs, of which it takes nothing. */
function makeWait(graph: OnnxGraph, found: readonly Overtaking[]): OnnxGraph {
  const initializers: OnnxInitializer[] = [];
  const replaced = new Map<OnnxNode, readonly OnnxNode[]>();
  found.forEach(({ leaf, input, shape, late }, i) => {
    const node = (
      op: string,
      inputs: readonly string[],
      output: string,
      attributes: OnnxNode['attributes'],
    ) => ({
      op,
      domain: '',
      name: `${leaf.name} after ${output}`,
      inputs,
      outputs: [output],
      attributes,
    });
    const [constant, whole, view] = [`ws${i}`, `ww${i}`, `wv${i}`];
    initializers.push({
      name: constant,
      shape: [shape.length],
      type: 'int64',
      data: BigInt64Array.from(shape.map(BigInt)),
    });
    const nothing = late.map(({ outputs }, j) =>
      node('Shape', [outputs[0]!], `wn${i}_${j}`, { start: 0, end: 0 }),
    );
    const names = [...nothing.flatMap(({ outputs }) => outputs), constant];
    replaced.set(leaf, [
      ...nothing,
      node('Concat', names, whole, { axis: 0 }),
      node('Reshape', [input, whole], view, {}),
      { ...leaf, inputs: leaf.inputs.map((name) => (name === input ? view : name)) },
    ]);
  });
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => replaced.get(node) ?? [node]),
    initializers: [...graph.initializers, ...initializers],
  };
}

/**
 * Orders a graph so that ONNX Runtime's walk needs little memory: each parameter is updated once its gradient and the
 * last use of its old value are behind, and no bit of any result changes.
 *
 * @param dying Inputs, by position, whose tensor is gone: their buffers may be written over.
 */
export function schedule(graph: OnnxGraph, dying: readonly boolean[]): OnnxGraph {
  const sorted = sort(graph);
  const found = overtakings(sorted, dying);
  return found.length === 0 ? sorted : makeWait(sorted, found);
}
