import { type IrGraph, type IrNode, type IrValue, type Op, type Operand, sameShape } from '../ir.js';

type OpOf<Kind extends Op['kind']> = Extract<Op, { kind: Kind }>;
type Fusible = OpOf<'conv' | 'matmul'>;
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

const isFusible = (op: Op): op is Fusible => op.kind === 'conv' || op.kind === 'matmul';

/** conv → relu becomes one node; so does a product. */
const fuseRelu: Pass = (nodes) => {
  const uses = usesOf(nodes);
  return nodes.map((node) => {
    if (node.op.kind !== 'unary' || node.op.fn !== 'Relu') return node;
    const producer = soleProducer(uses, node.inputs[0]!);
    if (producer === undefined || !isFusible(producer.op) || producer.op.epilogue.relu) return node;
    const op: Op = { ...producer.op, epilogue: { ...producer.op.epilogue, relu: true } };
    return produce(node, op, producer.inputs, `${producer.label} + ${node.label}`);
  });
};

const PASSES: readonly Pass[] = [stepOfRelu, dropDead, fuseRelu, dropDead];

/** Rewrites a recorded graph into one that gives the same bits with fewer, larger nodes. */
export function rewrite(graph: IrGraph): IrGraph {
  return { ...graph, nodes: PASSES.reduce((nodes, pass) => pass(nodes), dropDead(graph.nodes)) };
}
