import { type IrGraph, type IrNode, unreachable } from '../ir.js';
import type { OnnxGraph, OnnxValue } from '../onnx/model.js';
import { createGraphBuilder, type LoweringContext } from './context.js';
import { lowerConv } from './conv.js';
import { lowerConvFilterGrad } from './conv-filter-grad.js';
import { lowerConvInputGrad } from './conv-input-grad.js';
import {
  lowerBinary,
  lowerBroadcast,
  lowerCast,
  lowerClip,
  lowerCompare,
  lowerLogical,
  lowerSelect,
  lowerUnary,
} from './elementwise.js';
import { findReaders } from './layout.js';
import { lowerMatmul } from './matmul.js';
import { lowerAvgPoolGrad, lowerMaxPoolGrad, lowerPool } from './pool.js';
import { lowerReduce, lowerSoftmax } from './reduce.js';
import { copyResiduals } from './residuals.js';
import { lowerResize, lowerResizeGrad } from './resize.js';
import { planReuse } from './reuse.js';
import { schedule } from './schedule.js';
import { splitSteady } from './steady.js';
import { lowerConcat, lowerGather, lowerPad, lowerSlice, lowerTile, lowerTranspose } from './structure.js';

export interface LoweredGraph {
  readonly model: OnnxGraph;
  /** Names of the inputs and outputs, in the order of the graph's values. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** For each output the input whose buffer it may take over, or -1. */
  readonly reuse: readonly number[];
  /** What the model reads beside the graph's inputs: results of a model that runs when its own inputs have changed. */
  readonly kept: KeptValues | undefined;
}

export interface KeptValues {
  readonly model: OnnxGraph;
  readonly values: readonly OnnxValue[];
  /** Places of the graph's inputs that they are computed from. */
  readonly sources: readonly number[];
}

function lowerNode(context: LoweringContext, node: IrNode): void {
  const { op } = node;
  switch (op.kind) {
    case 'unary':
      lowerUnary(context, node, op);
      break;
    case 'binary':
      lowerBinary(context, node, op);
      break;
    case 'compare':
      lowerCompare(context, node, op);
      break;
    case 'logical':
      lowerLogical(context, node, op);
      break;
    case 'select':
      lowerSelect(context, node);
      break;
    case 'cast':
      lowerCast(context, node);
      break;
    case 'clip':
      lowerClip(context, node, op);
      break;
    case 'broadcast':
      lowerBroadcast(context, node);
      break;
    case 'matmul':
      lowerMatmul(context, node, op);
      break;
    case 'conv':
      lowerConv(context, node, op);
      break;
    case 'convInputGrad':
      lowerConvInputGrad(context, node, op);
      break;
    case 'convFilterGrad':
      lowerConvFilterGrad(context, node, op);
      break;
    case 'pool':
      lowerPool(context, node, op);
      break;
    case 'maxPoolGrad':
      lowerMaxPoolGrad(context, node, op);
      break;
    case 'avgPoolGrad':
      lowerAvgPoolGrad(context, node, op);
      break;
    case 'reduce':
      lowerReduce(context, node, op);
      break;
    case 'softmax':
      lowerSoftmax(context, node);
      break;
    case 'pad':
      lowerPad(context, node, op);
      break;
    case 'slice':
      lowerSlice(context, node, op);
      break;
    case 'concat':
      lowerConcat(context, node, op);
      break;
    case 'transpose':
      lowerTranspose(context, node, op);
      break;
    case 'tile':
      lowerTile(context, node, op);
      break;
    case 'gather':
      lowerGather(context, node, op);
      break;
    case 'resize':
      lowerResize(context, node, op);
      break;
    case 'resizeGrad':
      lowerResizeGrad(context, node, op);
      break;
    default:
      unreachable(op);
  }
}

export interface LowerOptions {
  /** Channels per block of the blocked layout, where it may be used. */
  readonly block: number | undefined;
  /** The order of execution is known, so that outputs may take over buffers of inputs. */
  readonly inPlace: boolean;
  /** Take out what steady inputs alone decide. */
  readonly keepSteady: boolean;
}

function placesIn(names: readonly string[]): (name: string) => number {
  const places = new Map(names.map((name, i) => [name, i]));
  return (name) => places.get(name) ?? -1;
}

/** Lowers a graph to ONNX. */
export function lower(graph: IrGraph, { block, inPlace, keepSteady }: LowerOptions): LoweredGraph {
  const builder = createGraphBuilder(block, findReaders(graph, block));
  const inputs = graph.inputs.map((value) => builder.addInput(value));
  for (const node of graph.nodes) {
    builder.setLabel(node.label);
    lowerNode(builder, node);
  }
  const outputs = graph.outputs.map((value) => builder.addOutput(value));
  const steady = new Set(keepSteady ? inputs.filter((_, i) => graph.inputs[i]!.steady) : []);
  const whole = builder.build();
  const split = splitSteady(whole, steady, builder.values);
  const main = split?.main ?? whole;
  const place = placesIn(inputs);
  const dying = main.inputs.map(({ name }) => inPlace && graph.inputs[place(name)]?.live === false);
  const model = copyResiduals(schedule(main, dying));
  return {
    model,
    inputs,
    outputs,
    reuse: planReuse(model, dying).map((i) => (i < 0 ? i : place(model.inputs[i]!.name))),
    kept: split && {
      model: split.steady,
      values: split.steady.outputs,
      sources: split.steady.inputs.map(({ name }) => place(name)),
    },
  };
}
