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
  /**
   * IBN-Net: `'a'` normalises the first half of the channels after each block's first convolution in layer1 to layer3
   * by instance; `'b'` the stem, and the sums that leave layer1 and layer2. Default: batch normalisation alone.
   */
  readonly ibn?: 'a' | 'b';
  /**
   * Pixels of the image per position of the last map. Strides beyond it become dilations of the convolutions after
   * them, which keeps every tensor's shape. Default: the product of the strides.
   */
  readonly outputStride?: number;
}

/** How the output of a convolution is normalised. */
export type NormKind = 'batch' | 'instance' | 'half-instance';

/** One convolution with its batch normalisation. */
export interface ConvSpec {
  /** State-dict prefix of the convolution: `"layer1.0.conv2"`. */
  readonly conv: string;
  /** State-dict prefix of the normalisation: `"layer1.0.bn2"`. */
  readonly norm: string;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly normKind: NormKind;
}

/** A residual block: the convolutions on its branch, and the projection of its shortcut, if any. */
export interface BlockSpec {
  readonly branch: readonly ConvSpec[];
  readonly projection?: ConvSpec;
  /** An instance normalisation of the sum: its state-dict prefix and channels. */
  readonly sumNorm?: { readonly norm: string; readonly outputs: number };
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

/** Unrolls a spec into its convolutions, with torchvision's names, and IBN-Net's for its normalisations. */
export function planResNet(spec: ResNetSpec): ResNetPlan {
  const expansion = spec.block === 'bottleneck' ? 4 : 1;
  const { kernel, stride, width, maxPool } = spec.stem;
  const stem: ConvSpec = {
    conv: 'conv1',
    norm: 'bn1',
    kernel,
    stride,
    dilation: 1,
    inputs: 3,
    outputs: width,
    normKind: spec.ibn === 'b' ? 'instance' : 'batch',
  };
  const grids = gridsOf(spec);
  let inputs = width;
  const stages = spec.blocks.map((count, at) => {
    const name = `layer${at + 1}`;
    const planes = spec.widths[at]!;
    const outputs = planes * expansion;
    const { stride: step, before, after } = grids[at]!;
    const blocks: BlockSpec[] = [];
    for (let index = 0; index < count; index++) {
      const block = planBlock({
        kind: spec.block,
        prefix: `${name}.${index}`,
        inputs,
        planes,
        stride: index === 0 ? step : 1,
        isProjected: inputs !== outputs || (index === 0 && spec.strides[at] !== 1),
        dilations: [index === 0 ? before : after, after],
        isHalfInstance: spec.ibn === 'a' && at < 3,
      });
      const isSumNormalised = spec.ibn === 'b' && at < 2 && index === count - 1;
      blocks.push(isSumNormalised ? { ...block, sumNorm: { norm: `${name}.${index}.IN`, outputs } } : block);
      inputs = outputs;
    }
    return { name, blocks, outputs };
  });
  return { stem, maxPool, stages };
}

/** Per stage: the stride that is left of its own, and the dilations before and after its strided convolution. */
function gridsOf({ stem, strides, outputStride = Number.POSITIVE_INFINITY }: ResNetSpec) {
  let reached = stem.stride * (stem.maxPool ? 2 : 1);
  let dilation = 1;
  return strides.map((wanted) => {
    const before = dilation;
    const fits = reached * wanted <= outputStride;
    if (fits) reached *= wanted;
    else dilation *= wanted;
    return { stride: fits ? wanted : 1, before, after: dilation };
  });
}

interface BlockOptions {
  readonly kind: ResNetSpec['block'];
  readonly prefix: string;
  readonly inputs: number;
  readonly planes: number;
  readonly stride: number;
  readonly isProjected: boolean;
  /** Of the 3×3 convolution that takes the stride, and of one after it. */
  readonly dilations: readonly [number, number];
  readonly isHalfInstance: boolean;
}

function planBlock(options: BlockOptions): BlockSpec {
  const { kind, prefix, inputs, planes, stride, dilations, isHalfInstance } = options;
  const conv = (
    at: number,
    kernel: number,
    [from, to]: readonly [number, number],
    step = 1,
    dilation = 1,
  ): ConvSpec => ({
    conv: `${prefix}.conv${at}`,
    norm: `${prefix}.bn${at}`,
    kernel,
    stride: step,
    dilation,
    inputs: from,
    outputs: to,
    normKind: at === 1 && isHalfInstance ? 'half-instance' : 'batch',
  });
  const outputs = kind === 'bottleneck' ? planes * 4 : planes;
  const [strided, later] = dilations;
  const branch =
    kind === 'bottleneck'
      ? [
          conv(1, 1, [inputs, planes]),
          conv(2, 3, [planes, planes], stride, strided),
          conv(3, 1, [planes, outputs]),
        ]
      : [conv(1, 3, [inputs, planes], stride, strided), conv(2, 3, [planes, planes], 1, later)];
  if (!options.isProjected) return { branch };
  const projection: ConvSpec = {
    conv: `${prefix}.downsample.0`,
    norm: `${prefix}.downsample.1`,
    kernel: 1,
    stride,
    dilation: 1,
    inputs,
    outputs,
    normKind: 'batch',
  };
  return { branch, projection };
}
