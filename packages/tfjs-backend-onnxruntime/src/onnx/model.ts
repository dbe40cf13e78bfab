import * as pb from './protobuf.js';

/** ONNX element types the backend uses. */
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

const ELEMENT_CODE: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** An attribute: integer, list of integers, string, or a float (tagged, since JavaScript has one number type). */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface OnnxInitializer extends OnnxValue {
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

export const NCHWC_DOMAIN = 'com.microsoft.nchwc';
export const MICROSOFT_DOMAIN = 'com.microsoft';

/** Name of the first graph output, an empty sequence: see runtime/session.ts. */
export const SEQUENCE_OUTPUT = '__sequence';

const IR_VERSION = 8;
const OPSET = 17;

function attribute(name: string, value: Attribute): Uint8Array {
  const head = pb.string(1, name);
  if (typeof value === 'number') return pb.concat([head, pb.integer(3, value), pb.integer(20, 2)]);
  if (typeof value === 'string') return pb.concat([head, pb.string(4, value), pb.integer(20, 3)]);
  if ('float' in value) return pb.concat([head, pb.float(2, value.float), pb.integer(20, 1)]);
  return pb.concat([head, ...value.map((v) => pb.integer(8, v)), pb.integer(20, 7)]);
}

function nodeProto(node: OnnxNode): Uint8Array {
  return pb.concat([
    ...node.inputs.map((name) => pb.string(1, name)),
    ...node.outputs.map((name) => pb.string(2, name)),
    pb.string(3, node.name),
    pb.string(4, node.op),
    ...Object.entries(node.attributes).map(([name, value]) => pb.bytes(5, attribute(name, value))),
    ...(node.domain === '' ? [] : [pb.string(7, node.domain)]),
  ]);
}

function valueInfo(value: OnnxValue, withShape: boolean): Uint8Array {
  const dimensions = value.shape.map((size) => pb.bytes(1, pb.integer(1, size)));
  const shape = withShape ? [pb.message(2, dimensions)] : [];
  const tensorType = [pb.integer(1, ELEMENT_CODE[value.type]), ...shape];
  return pb.concat([pb.string(1, value.name), pb.message(2, [pb.message(1, tensorType)])]);
}

function sequenceInfo(name: string): Uint8Array {
  const floatTensor = pb.message(1, [pb.integer(1, ELEMENT_CODE.float32)]);
  return pb.concat([pb.string(1, name), pb.message(2, [pb.message(4, [pb.message(1, [floatTensor])])])]);
}

function initializerProto(value: OnnxInitializer): Uint8Array {
  const { buffer, byteOffset, byteLength } = value.data;
  return pb.concat([
    ...value.shape.map((size) => pb.integer(1, size)),
    pb.integer(2, ELEMENT_CODE[value.type]),
    pb.string(8, value.name),
    pb.bytes(9, new Uint8Array(buffer, byteOffset, byteLength)),
  ]);
}

export interface EncodeOptions {
  /**
   * Say what the shapes are. ONNX Runtime then plans which value takes over the memory of which dead one: that one is
   * still in the cache, but until it is taken over it is not free for anything else. Default true.
   */
  readonly shapes?: boolean;
}

/**
 * Serialises a graph.
 *
 * ONNX Runtime orders execution by a depth-first walk from the last leaf, inputs with the highest index first.
 * Written last node first, it therefore executes the nodes in the order of `graph.nodes`.
 */
export function encodeModel(graph: OnnxGraph, { shapes = true }: EncodeOptions = {}): Uint8Array {
  // Integers that could be given with a run are no constants, so no shape can be concluded from them.
  const integers = shapes ? [] : graph.initializers.filter(({ type }) => type === 'int64');
  const info = (value: OnnxValue) => valueInfo(value, shapes);
  const sequence: OnnxNode = {
    op: 'SequenceEmpty',
    domain: '',
    name: SEQUENCE_OUTPUT,
    inputs: [],
    outputs: [SEQUENCE_OUTPUT],
    attributes: {},
  };
  const opset = (domain: string, version: number) =>
    pb.message(8, [pb.string(1, domain), pb.integer(2, version)]);
  return pb.concat([
    pb.integer(1, IR_VERSION),
    pb.message(7, [
      ...[...graph.nodes, sequence].reverse().map((node) => pb.bytes(1, nodeProto(node))),
      pb.string(2, 'tfjs'),
      ...graph.initializers.map((value) => pb.bytes(5, initializerProto(value))),
      ...[...graph.inputs, ...integers].map((value) => pb.bytes(11, info(value))),
      pb.bytes(12, sequenceInfo(SEQUENCE_OUTPUT)),
      ...graph.outputs.map((value) => pb.bytes(12, info(value))),
    ]),
    opset('', OPSET),
    opset(MICROSOFT_DOMAIN, 1),
    opset(NCHWC_DOMAIN, 1),
  ]);
}
