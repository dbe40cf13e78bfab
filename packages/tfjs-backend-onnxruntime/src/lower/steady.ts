import { isSingle } from '../ir.js';
import type { OnnxGraph, OnnxInitializer, OnnxNode, OnnxValue } from '../onnx/model.js';

/** Less than this is not worth a graph of its own. */
const MIN_BYTES = 1 << 20;

/** A single value of this size is not worth its memory: the largest of a ResNet has 9 MiB, of FCN-8s 392 and 64. */
const MAX_VALUE_BYTES = 16 << 20;

/** All values together: twice a ResNet-152. */
const MAX_BYTES = 512 << 20;

const bytesOf = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1);

/** A graph in two: what depends on steady inputs alone, and the rest, which reads its results as inputs. */
export interface SteadySplit {
  readonly steady: OnnxGraph;
  readonly main: OnnxGraph;
}

/** What is known of the graph's values. */
interface Names {
  isSteady(name: string): boolean;
  valueOf(name: string): OnnxValue | undefined;
  /** The computed value behind reshapes; undefined where that is an input. */
  sourceOf(name: string): string | undefined;
}

function namesOf(
  { nodes, inputs, initializers, outputs }: OnnxGraph,
  steadyInputs: ReadonlySet<string>,
  known: ReadonlyMap<string, OnnxValue>,
): Names {
  const producers = new Map<string, OnnxNode>();
  const constants = new Map(initializers.map((value) => [value.name, value]));
  const results = new Set(outputs.map(({ name }) => name));
  /** What may be read beside steady inputs: numbers, constants, and what comes of them. */
  const free = new Set(['', ...constants.keys(), ...inputs.filter(isSingle).map(({ name }) => name)]);
  const steady = new Set(steadyInputs);
  for (const node of nodes) {
    for (const name of node.outputs) producers.set(name, node);
    if (!node.inputs.every((name) => free.has(name) || steady.has(name))) continue;
    const into = node.inputs.some((name) => steady.has(name)) ? steady : free;
    for (const name of node.outputs) into.add(name);
  }
  const reshapeOf = (name: string): OnnxNode | undefined => {
    const node = producers.get(name);
    return node?.op === 'Reshape' ? node : undefined;
  };
  const sourceOf = (name: string): string | undefined => {
    const node = reshapeOf(name);
    if (node !== undefined) return sourceOf(node.inputs[0]!);
    return producers.has(name) ? name : undefined;
  };
  return {
    isSteady: (name) => steady.has(name) && producers.has(name) && !results.has(name),
    valueOf(name) {
      const shape = constants.get(reshapeOf(name)?.inputs[1] ?? '')?.data;
      if (!(shape instanceof BigInt64Array)) return known.get(name);
      const type = known.get(sourceOf(name) ?? '')?.type ?? 'float32';
      return { name, shape: Array.from(shape, Number), type };
    },
    sourceOf,
  };
}

/** The nodes that the given values need, in the graph's order. */
function nodesFor(graph: OnnxGraph, values: readonly OnnxValue[]): readonly OnnxNode[] {
  const needed = new Set(values.map(({ name }) => name));
  const found: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    found.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return found.reverse();
}

function graphOf(
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
  initializers: readonly OnnxInitializer[],
): OnnxGraph {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const isRead = ({ name }: OnnxValue) => read.has(name);
  return { nodes, outputs, inputs: inputs.filter(isRead), initializers: initializers.filter(isRead) };
}

/**
 * Takes out of a graph what gives the same values in every run: kernels that frozen weights are folded and reordered
 * into. Single numbers, which loops make anew in every step, count as steady beside a steady input. A kept value is
 * float32, of known shape, no mere view of an input, and no result of the graph; of reshaped forms of a value one is kept.
 *
 * @param steadyInputs Inputs that are likely to be the same tensors in the next run.
 * @param known Values of known shape, by name.
 * @returns Undefined where there is too little to keep, or too much.
 */
export function splitSteady(
  graph: OnnxGraph,
  steadyInputs: ReadonlySet<string>,
  known: ReadonlyMap<string, OnnxValue>,
): SteadySplit | undefined {
  if (steadyInputs.size === 0) return undefined;
  const names = namesOf(graph, steadyInputs, known);
  const kept: OnnxValue[] = [];
  /** Kept reshaped forms by the values behind them. */
  const views = new Map<string, OnnxValue>();
  /** The kept value that holds what the node computes. */
  const keep = ({ op, outputs }: OnnxNode): OnnxValue | undefined => {
    const [name, ...others] = outputs;
    if (name === undefined || others.length > 0 || !names.isSteady(name)) return undefined;
    const source = names.sourceOf(name);
    if (source === undefined) return undefined;
    const found = op === 'Reshape' ? views.get(source) : undefined;
    if (found !== undefined) return found;
    const value = names.valueOf(name);
    if (value?.type !== 'float32' || bytesOf(value.shape) >= MAX_VALUE_BYTES) return undefined;
    kept.push(value);
    if (op === 'Reshape') views.set(source, value);
    return value;
  };
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const main: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    const value = keep(node);
    if (value?.name === node.outputs[0]) continue;
    const inputs = value === undefined ? node.inputs : [value.name, ...node.inputs.slice(1)];
    main.push({ ...node, inputs });
    for (const name of inputs) needed.add(name);
  }
  const bytes = kept.reduce((total, { shape }) => total + bytesOf(shape), 0);
  if (bytes < MIN_BYTES || bytes > MAX_BYTES) return undefined;
  return {
    steady: graphOf(nodesFor(graph, kept), graph.inputs, kept, graph.initializers),
    main: graphOf(main.reverse(), [...graph.inputs, ...kept], graph.outputs, graph.initializers),
  };
}
