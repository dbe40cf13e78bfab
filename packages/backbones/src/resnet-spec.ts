/** A ResNet in a few numbers; from it follow the tensors' names and shapes and the forward pass. */
export interface ResNetSpec {
  /** Two 3×3 convolutions, or 1×1, 3×3 and 1×1 with a fourfold wider output. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks per stage. */
  readonly blocks: readonly [number, number, number, number];
  /** Channels per stage; a bottleneck puts out four times as many. */
  readonly widths: readonly [number, number, number, number];
  /** Stride of each stage's first block; it sits in the 3×3 convolution. */
  readonly strides: readonly [number, number, number, number];
  /** The first convolution, with padding ⌊kernel / 2⌋, and whether a 3×3 max-pool of stride 2 follows. */
  readonly stem: {
    readonly kernel: number;
    readonly stride: number;
    readonly width: number;
    readonly maxPool: boolean;
  };
}

/** One convolution with its batch normalisation. */
export interface ConvSpec {
  /** State-dict prefix of the convolution: `"layer1.0.conv2"`. */
  readonly conv: string;
  /** State-dict prefix of the normalisation: `"layer1.0.bn2"`. */
  readonly norm: string;
  readonly kernel: number;
  readonly stride: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** A residual block: the convolutions on its branch, and the projection of its shortcut, if any. */
export interface BlockSpec {
  readonly branch: readonly ConvSpec[];
  readonly projection?: ConvSpec;
}

/** The whole network unrolled, input side first. */
export interface ResNetPlan {
  readonly stem: ConvSpec;
  readonly maxPool: boolean;
  readonly stages: readonly {
    readonly name: string;
    readonly blocks: readonly BlockSpec[];
    readonly outputs: number;
  }[];
}

/** Unrolls a spec into its convolutions, with torchvision's names. */
export function planResNet(spec: ResNetSpec): ResNetPlan {
  const expansion = spec.block === 'bottleneck' ? 4 : 1;
  const { kernel, stride, width, maxPool } = spec.stem;
  const stem: ConvSpec = { conv: 'conv1', norm: 'bn1', kernel, stride, inputs: 3, outputs: width };
  let inputs = width;
  const stages = spec.blocks.map((count, at) => {
    const name = `layer${at + 1}`;
    const planes = spec.widths[at]!;
    const outputs = planes * expansion;
    const blocks: BlockSpec[] = [];
    for (let index = 0; index < count; index++) {
      blocks.push(
        planBlock(spec.block, `${name}.${index}`, inputs, planes, index === 0 ? spec.strides[at]! : 1),
      );
      inputs = outputs;
    }
    return { name, blocks, outputs };
  });
  return { stem, maxPool, stages };
}

function planBlock(
  block: ResNetSpec['block'],
  prefix: string,
  inputs: number,
  planes: number,
  stride: number,
): BlockSpec {
  const conv = (at: number, kernel: number, from: number, to: number, step = 1): ConvSpec => ({
    conv: `${prefix}.conv${at}`,
    norm: `${prefix}.bn${at}`,
    kernel,
    stride: step,
    inputs: from,
    outputs: to,
  });
  const outputs = block === 'bottleneck' ? planes * 4 : planes;
  const branch =
    block === 'bottleneck'
      ? [conv(1, 1, inputs, planes), conv(2, 3, planes, planes, stride), conv(3, 1, planes, outputs)]
      : [conv(1, 3, inputs, planes, stride), conv(2, 3, planes, planes)];
  if (stride === 1 && inputs === outputs) return { branch };
  const projection: ConvSpec = {
    conv: `${prefix}.downsample.0`,
    norm: `${prefix}.downsample.1`,
    kernel: 1,
    stride,
    inputs,
    outputs,
  };
  return { branch, projection };
}

/** Every convolution of a plan in state-dict order. */
export function convsOf(plan: ResNetPlan): ConvSpec[] {
  const blocks = plan.stages.flatMap((stage) => stage.blocks);
  return [
    plan.stem,
    ...blocks.flatMap((b) => (b.projection === undefined ? b.branch : [...b.branch, b.projection])),
  ];
}
