import { type IrNode, type IrValue, type Operand, type Shape, sameShape } from '../ir.js';
import {
  type Attribute,
  type ElementType,
  MICROSOFT_DOMAIN,
  NCHWC_DOMAIN,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxValue,
} from '../onnx/model.js';
import type { Readers } from './layout.js';

export type Attributes = Readonly<Record<string, Attribute>>;

/** Where a value is, in the layouts it has been asked for: as TensorFlow.js has it, and in blocks of channels. */
interface Forms {
  plain: string | undefined;
  blocked: string | undefined;
}

/** Everything a lowering needs: it emits ONNX nodes and finds values in the layout it wants. */
export interface LoweringContext extends Readers {
  /** Channels per block; undefined where the blocked layout is not to be used. */
  readonly block: number | undefined;
  /** Emits a node, or finds the equal one emitted before. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  emitBlocked(op: string, inputs: readonly string[], attributes: Attributes): string;
  emitMicrosoft(op: string, inputs: readonly string[], attributes: Attributes): string;
  /** Like `emit`, for a node whose `output`-th of `outputs` results is wanted. */
  emitOutput(op: string, inputs: readonly string[], attributes: Attributes, output: number): string;
  floats(data: Float32Array, shape: Shape): string;
  integers(data: readonly number[]): string;
  /** Numbers of rows to gather; equal keys stand for equal numbers. */
  indices(key: string, make: () => Int32Array): string;
  reshape(name: string, shape: Shape): string;
  /** The operand in TensorFlow.js's layout and the operand's shape. */
  plain(operand: Operand): string;
  /** The operand in the blocked layout. Only when `canBlock`. */
  blocked(operand: Operand): string;
  canBlock(operand: Operand): boolean;
  /** The operand is there in the blocked layout. */
  hasBlocked(operand: Operand): boolean;
  /** The operand is there in TensorFlow.js's layout. */
  hasPlain(operand: Operand): boolean;
  setPlain(node: IrNode, name: string): void;
  setBlocked(node: IrNode, name: string): void;
}

export interface GraphBuilder extends LoweringContext {
  setLabel(label: string): void;
  addInput(value: IrValue): string;
  addOutput(value: IrValue): string;
  build(): OnnxGraph;
  /** Values of known shape, by their names. */
  readonly values: ReadonlyMap<string, OnnxValue>;
}

export function createGraphBuilder(
  block: number | undefined,
  { isReadPlain, isReadBlocked }: Readers,
): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const initializers: OnnxInitializer[] = [];
  const known = new Map<string, readonly string[]>();
  const values = new Map<string, OnnxValue>();
  const forms = new Map<IrValue, Forms>();
  /** Of a reshaped value the one before any reshaping. */
  const reshaped = new Map<string, string>();
  let label = '';
  let names = 0;

  const fresh = (prefix: string) => `${prefix}${names++}`;

  function emitNode(
    domain: string,
    op: string,
    from: readonly string[],
    attributes: Attributes,
    results: number,
  ): readonly string[] {
    const key = `${domain}:${op}(${from.join()})${JSON.stringify(attributes)}${results}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = Array.from({ length: results }, () => fresh('v'));
    nodes.push({ op, domain, name: `${label} #${nodes.length}`, inputs: from, outputs: made, attributes });
    known.set(key, made);
    return made;
  }

  function initializer(key: string, shape: Shape, type: ElementType, data: OnnxInitializer['data']): string {
    const found = known.get(key);
    if (found !== undefined) return found[0]!;
    const name = fresh('c');
    initializers.push({ name, shape, type, data });
    known.set(key, [name]);
    return name;
  }

  function formsOf(value: IrValue): Forms {
    let found = forms.get(value);
    if (found === undefined) {
      found = { plain: undefined, blocked: undefined };
      forms.set(value, found);
    }
    return found;
  }

  const emit = (op: string, from: readonly string[], attributes: Attributes = {}) =>
    emitNode('', op, from, attributes, 1)[0]!;
  const emitBlocked = (op: string, from: readonly string[], attributes: Attributes) =>
    emitNode(NCHWC_DOMAIN, op, from, attributes, 1)[0]!;
  const integers = (data: readonly number[]) =>
    initializer(`i${data.join()}`, [data.length], 'int64', BigInt64Array.from(data.map(BigInt)));

  function reshape(name: string, shape: Shape): string {
    const source = reshaped.get(name) ?? name;
    const made = emit('Reshape', [source, integers(shape)], { allowzero: 1 });
    reshaped.set(made, source);
    return made;
  }

  function plainValue(value: IrValue): string {
    const found = formsOf(value);
    if (found.plain === undefined) {
      if (found.blocked === undefined) throw new Error('A value is used before it is made.');
      found.plain = emitBlocked('ReorderOutput', [found.blocked], {
        channels: value.shape[3]!,
        channels_last: 1,
      });
    }
    return found.plain;
  }

  const canBlock = ({ value, shape }: Operand): boolean =>
    block !== undefined && value.type === 'float32' && shape.length === 4 && shape[3]! % block === 0;

  return {
    block,
    emit,
    emitBlocked,
    emitMicrosoft: (op, from, attributes) => emitNode(MICROSOFT_DOMAIN, op, from, attributes, 1)[0]!,
    emitOutput: (op, from, attributes, output) => emitNode('', op, from, attributes, output + 1)[output]!,
    floats: (data, shape) =>
      initializer(`f${shape.join()}:${Buffer.from(data.buffer).toString('base64')}`, shape, 'float32', data),
    integers,
    indices(key, make) {
      const found = known.get(key);
      if (found !== undefined) return found[0]!;
      const data = make();
      return initializer(key, [data.length], 'int32', data);
    },
    reshape,
    plain({ value, shape }) {
      const name = plainValue(value);
      return sameShape(value.shape, shape) ? name : reshape(name, shape);
    },
    blocked(operand) {
      const { value, shape } = operand;
      if (!sameShape(value.shape, shape)) {
        return emitBlocked('ReorderInput', [reshape(plainValue(value), shape)], { channels_last: 1 });
      }
      const found = formsOf(value);
      found.blocked ??= emitBlocked('ReorderInput', [plainValue(value)], { channels_last: 1 });
      return found.blocked;
    },
    canBlock,
    isReadPlain,
    isReadBlocked,
    hasBlocked: (operand) =>
      canBlock(operand) &&
      sameShape(operand.value.shape, operand.shape) &&
      formsOf(operand.value).blocked !== undefined,
    hasPlain: (operand) => formsOf(operand.value).plain !== undefined,
    setPlain({ output }, name) {
      formsOf(output).plain = name;
      values.set(name, { name, shape: output.shape, type: output.type });
    },
    setBlocked({ output }, name) {
      const [n, height, width, channels] = output.shape as [number, number, number, number];
      formsOf(output).blocked = name;
      values.set(name, { name, shape: [n, channels, height, width], type: output.type });
    },
    setLabel(text) {
      label = text;
    },
    addInput(value) {
      const name = fresh('x');
      inputs.push({ name, shape: value.shape, type: value.type });
      formsOf(value).plain = name;
      return name;
    },
    addOutput(value) {
      const name = fresh('y');
      nodes.push({
        op: 'Identity',
        domain: '',
        name: `${label} #${nodes.length}`,
        inputs: [plainValue(value)],
        outputs: [name],
        attributes: {},
      });
      outputs.push({ name, shape: value.shape, type: value.type });
      return name;
    },
    values,
    build: () => nameOutputs(dropUnread({ nodes, inputs, outputs, initializers })),
  };
}

/** The graph without nodes whose results nobody reads: a value in a shape that was then changed once more. */
function dropUnread(graph: OnnxGraph): OnnxGraph {
  const read = new Set(graph.outputs.map((value) => value.name));
  const kept: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => read.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) read.add(name);
  }
  return { ...graph, nodes: kept.reverse() };
}

/** Gives a node's result its graph output's name where one Identity reads it, so that nothing is copied. */
function nameOutputs(graph: OnnxGraph): OnnxGraph {
  const outputNames = new Set(graph.outputs.map((value) => value.name));
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const kept = graph.nodes.filter((node) => {
    const [from, to] = [node.inputs[0], node.outputs[0]];
    const isOutput = node.op === 'Identity' && to !== undefined && outputNames.has(to);
    if (!isOutput || from === undefined || !produced.has(from) || renamed.has(from)) return true;
    renamed.set(from, to);
    return false;
  });
  const rename = (name: string) => renamed.get(name) ?? name;
  return {
    ...graph,
    nodes: kept.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
  };
}
