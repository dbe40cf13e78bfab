import {
  type IrGraph,
  type IrNode,
  type IrValue,
  type Op,
  type Operand,
  type Pads,
  sameShape,
  type Window,
} from '../ir.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;
type Fusible = OpOf<'conv' | 'matmul' | 'convInputGrad'>;
type Uses = ReadonlyMap<IrValue, readonly IrNode[]>;
type Pass = (nodes: readonly IrNode[]) => readonly IrNode[];

function usesOf(nodes: readonly IrNode[]): Uses {
  const uses = new Map<IrValue, IrNode[]>();
  for (const node of nodes) {
    for (const { value } of node.inputs) {
      const list = uses.get(value);
      if (list === undefined) uses.set(value, [node]);
      else list.push(node);
    }
  }
  return uses;
}

function dropDead(nodes: readonly IrNode[]): readonly IrNode[] {
  const needed = new Set<IrValue>();
  const kept: IrNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.output.live && !needed.has(node.output)) continue;
    kept.push(node);
    for (const { value } of node.inputs) needed.add(value);
  }
  return kept.reverse();
}

/** Puts `replacement` in the place of `node`, as the producer of its value. */
function produce(node: IrNode, op: Op, inputs: readonly Operand[], label: string): IrNode {
  const made: IrNode = { op, inputs, output: node.output, label };
  node.output.producer = made;
  return made;
}

const isWhole = ({ value, shape }: Operand): boolean => sameShape(value.shape, shape);

/** The producer of an operand that nothing else reads. */
function soleProducer(uses: Uses, operand: Operand): IrNode | undefined {
  const { value } = operand;
  return !value.live && isWhole(operand) && uses.get(value)?.length === 1 ? value.producer : undefined;
}

/** step(x) is step(relu(x)): a fused convolution has only the latter. */
const stepOfRelu: Pass = (nodes) => {
  const reluOf = new Map<IrValue, IrValue>();
  return nodes.map((node) => {
    const [x] = node.inputs;
    if (node.op.kind !== 'unary' || x === undefined || !isWhole(x)) return node;
    if (node.op.fn === 'Relu') reluOf.set(x.value, node.output);
    const relu = reluOf.get(x.value);
    if (node.op.fn !== 'Step' || relu === undefined) return node;
    return produce(node, node.op, [{ value: relu, shape: relu.shape }], node.label);
  });
};

const addPads = (a: Pads, b: Pads): Pads => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];

/** Zero padding of height and width, as a convolution's pads. */
function spatialPads(op: OpOf<'pad'>): Pads | undefined {
  const { before, after, value } = op;
  const isSpatial = before.length === 4 && [before[0], before[3], after[0], after[3]].every((p) => p === 0);
  return isSpatial && value === 0 ? [before[1]!, before[2]!, after[1]!, after[2]!] : undefined;
}

/** conv(pad(x), w) → conv with pads; likewise for the filter's gradient. */
const foldPads: Pass = (nodes) =>
  nodes.map((node) => {
    const { op } = node;
    if (op.kind !== 'conv' && op.kind !== 'convFilterGrad') return node;
    const [x, ...rest] = node.inputs as [Operand, ...Operand[]];
    const producer = x.value.producer;
    if (producer?.op.kind !== 'pad' || !isWhole(x)) return node;
    const pads = spatialPads(producer.op);
    if (pads === undefined) return node;
    const window: Window = { ...op.window, pads: addPads(op.window.pads, pads) };
    return produce(node, { ...op, window }, [producer.inputs[0]!, ...rest], node.label);
  });

/** The gradient of conv(pad(x)): a slice of the input's gradient is that gradient with more pads. */
const foldSlices: Pass = (nodes) => {
  const uses = usesOf(nodes);
  return nodes.map((node) => {
    if (node.op.kind !== 'slice') return node;
    const producer = soleProducer(uses, node.inputs[0]!);
    if (producer?.op.kind !== 'convInputGrad' || producer.op.epilogue.residual) return node;
    const { begin } = node.op;
    const [full, part] = [producer.output.shape, node.output.shape];
    if (begin[0] !== 0 || begin[3] !== 0 || full[0] !== part[0] || full[3] !== part[3]) return node;
    const after = (axis: number) => full[axis]! - begin[axis]! - part[axis]!;
    const pads = addPads(producer.op.window.pads, [begin[1]!, begin[2]!, after(1), after(2)]);
    const op: Op = { ...producer.op, window: { ...producer.op.window, pads } };
    return produce(node, op, producer.inputs, `${producer.label} + ${node.label}`);
  });
};

const isFusible = (op: Op): op is Fusible =>
  op.kind === 'conv' || op.kind === 'matmul' || op.kind === 'convInputGrad';

/** The epilogue with `added` taken in; undefined where it does not fit. */
function absorbAdd(producer: IrNode, op: Fusible, added: Operand): Op | undefined {
  const { epilogue } = op;
  const shape = producer.output.shape;
  const channels = shape.at(-1)!;
  if (epilogue.relu || epilogue.residual) return undefined;
  const isBias = added.shape.length === 1 && added.shape[0] === channels && shape.length > 1;
  if (isBias && !epilogue.bias && op.kind !== 'convInputGrad') {
    return { ...op, epilogue: { ...epilogue, bias: true } };
  }
  if (sameShape(added.shape, shape)) return { ...op, epilogue: { ...epilogue, residual: true } };
  return undefined;
}

const order = (nodes: readonly IrNode[]): Map<IrNode, number> => new Map(nodes.map((node, i) => [node, i]));

/** conv → + bias → + residual → relu becomes one node; so do products, and the input's gradient with a sum. */
const fuseEpilogues: Pass = (nodes) => {
  const uses = usesOf(nodes);
  const position = order(nodes);
  return nodes.map((node) => {
    const { op, inputs } = node;
    const fused = (producer: IrNode, made: Op, added: readonly Operand[]) => {
      const label = `${producer.label} + ${node.label}`;
      const result = produce(node, made, [...producer.inputs, ...added], label);
      position.set(result, position.get(node) ?? position.get(producer)!);
      return result;
    };
    if (op.kind === 'unary' && op.fn === 'Relu') {
      const producer = soleProducer(uses, inputs[0]!);
      if (producer === undefined || !isFusible(producer.op) || producer.op.kind === 'convInputGrad')
        return node;
      return fused(producer, { ...producer.op, epilogue: { ...producer.op.epilogue, relu: true } }, []);
    }
    if (op.kind !== 'binary' || op.fn !== 'Add') return node;
    const [a, b] = inputs as [Operand, Operand];
    const candidates = [
      { operand: a, added: b },
      { operand: b, added: a },
    ].flatMap(({ operand, added }) => {
      const producer = soleProducer(uses, operand);
      if (producer === undefined || !isFusible(producer.op)) return [];
      const made = absorbAdd(producer, producer.op, added);
      return made === undefined ? [] : [{ producer, made, added }];
    });
    candidates.sort((p, q) => (position.get(q.producer) ?? 0) - (position.get(p.producer) ?? 0));
    const [best] = candidates;
    return best === undefined ? node : fused(best.producer, best.made, [best.added]);
  });
};

const PASSES: readonly Pass[] = [stepOfRelu, foldPads, foldSlices, dropDead, fuseEpilogues, dropDead];

/** Rewrites a recorded graph into an equal one with fewer, larger nodes. */
export function rewrite(graph: IrGraph): IrGraph {
  return { ...graph, nodes: PASSES.reduce((nodes, pass) => pass(nodes), dropDead(graph.nodes)) };
}
