export interface ResNetShape {
  readonly block: 'basic' | 'bottleneck';
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly strides: readonly number[];
  readonly stem: { readonly kernel: number; readonly stride: number; readonly pool: boolean };
  readonly classes: number;
}

function imagenet(block: ResNetShape['block'], depths: readonly number[]): ResNetShape {
  return {
    block,
    depths,
    widths: [64, 128, 256, 512],
    strides: [1, 2, 2, 2],
    stem: { kernel: 7, stride: 2, pool: true },
    classes: 1000,
  };
}

export const RESNETS = {
  resnet18: imagenet('basic', [2, 2, 2, 2]),
  resnet50: imagenet('bottleneck', [3, 4, 6, 3]),
  resnet101: imagenet('bottleneck', [3, 4, 23, 3]),
  small: {
    block: 'basic',
    depths: [1, 1, 1, 1],
    widths: [32, 64, 128, 256],
    strides: [2, 2, 2, 1],
    stem: { kernel: 3, stride: 1, pool: false },
    classes: 10,
  },
} as const satisfies Record<string, ResNetShape>;

export interface ConvShape {
  readonly name: string;
  /** Group of parameters, as learning rates are set: stem, layer1 … layer4. */
  readonly group: string;
  readonly kernel: number;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

export interface BlockShape {
  readonly convs: readonly ConvShape[];
  readonly downsample: ConvShape | undefined;
}

/** The convolutions of a network, in order. */
export function blocksOf(shape: ResNetShape): { stem: ConvShape; blocks: BlockShape[]; features: number } {
  const conv = (name: string, kernel: number, from: number, to: number, stride: number): ConvShape => ({
    name,
    group: name.split('.')[0]!,
    kernel,
    from,
    to,
    stride,
  });
  let channels = shape.widths[0]!;
  const stem = conv('stem', shape.stem.kernel, 3, channels, shape.stem.stride);
  const blocks = shape.depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, i): BlockShape => {
      const width = shape.widths[stage]!;
      const stride = i === 0 ? shape.strides[stage]! : 1;
      const name = `layer${stage + 1}.${i}`;
      const out = width * (shape.block === 'bottleneck' ? 4 : 1);
      const convs =
        shape.block === 'bottleneck'
          ? [
              conv(`${name}.conv1`, 1, channels, width, 1),
              conv(`${name}.conv2`, 3, width, width, stride),
              conv(`${name}.conv3`, 1, width, out, 1),
            ]
          : [conv(`${name}.conv1`, 3, channels, width, stride), conv(`${name}.conv2`, 3, width, width, 1)];
      const isProjected = stride !== 1 || channels !== out;
      const downsample = isProjected ? conv(`${name}.downsample`, 1, channels, out, stride) : undefined;
      channels = out;
      return { convs, downsample };
    }),
  );
  return { stem, blocks, features: channels };
}
