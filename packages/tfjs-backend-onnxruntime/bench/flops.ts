import { FC_CHANNELS, FCN_CLASSES, VGG_STAGES } from './fcn-shape.js';
import { blocksOf, type ConvShape, RESNETS, type ResNetShape } from './resnet-shape.js';
import { imageSize, type Settings } from './settings.js';

/** Multiply-adds of one layer for one image, and the group of its weights. */
interface Layer {
  readonly macs: number;
  readonly group: string;
}

function resnetLayers(shape: ResNetShape, size: number): Layer[] {
  const { stem, blocks } = blocksOf(shape);
  const layer = ({ kernel, from, to, group }: ConvShape, out: number): Layer => ({
    macs: kernel * kernel * from * to * out * out,
    group,
  });
  let side = Math.ceil(size / stem.stride);
  const layers = [layer(stem, side)];
  if (shape.stem.pool) side = Math.ceil(side / 2);
  for (const { convs, downsample } of blocks) {
    const before = side;
    for (const conv of convs) {
      side = Math.ceil(side / conv.stride);
      layers.push(layer(conv, side));
    }
    if (downsample !== undefined) layers.push(layer(downsample, Math.ceil(before / downsample.stride)));
  }
  return layers;
}

type Size = readonly [height: number, width: number];

function fcnLayers(image: Size): Layer[] {
  const layers: Layer[] = [];
  const conv = (kernel: number, from: number, to: number, [height, width]: Size, group: string) =>
    layers.push({ macs: kernel * kernel * from * to * height * width, group });
  const map = ([height, width]: Size, change: (side: number) => number): Size => [
    change(height),
    change(width),
  ];
  let size = map(image, (side) => side + 198);
  let channels = 3;
  const pooled = VGG_STAGES.map((stage, i) => {
    for (const to of stage) {
      conv(3, channels, to, size, `stage${i + 1}`);
      channels = to;
    }
    size = map(size, (side) => Math.ceil(side / 2));
    return { size, channels };
  });
  size = map(size, (side) => side - 6);
  conv(7, channels, FC_CHANNELS, size, 'fc');
  conv(1, FC_CHANNELS, FC_CHANNELS, size, 'fc');
  conv(1, FC_CHANNELS, FCN_CLASSES, size, 'score');
  for (const stage of [3, 2]) conv(1, pooled[stage]!.channels, FCN_CLASSES, pooled[stage]!.size, 'score');
  conv(4, FCN_CLASSES, FCN_CLASSES, size, 'upscore');
  conv(
    4,
    FCN_CLASSES,
    FCN_CLASSES,
    map(size, (side) => 2 * side + 2),
    'upscore',
  );
  conv(
    16,
    FCN_CLASSES,
    FCN_CLASSES,
    map(size, (side) => 4 * side + 6),
    'upscore',
  );
  return layers;
}

/** Groups that no workload trains. */
const ALWAYS_FROZEN = ['upscore'];

/** Floating-point operations of a step's convolutions: 2 for each multiply-add; everything else is small beside them. */
export function flopsOf(settings: Settings): number {
  const { network, batch, mode, teacher, frozen } = settings;
  const size = imageSize(settings);
  const layers = network === 'fcn8s' ? fcnLayers(size) : resnetLayers(RESNETS[network], size[0]);
  let total = 0;
  let isAnyTrained = false;
  for (const { macs, group } of layers) {
    const isTrained = mode === 'train' && !frozen.includes(group) && !ALWAYS_FROZEN.includes(group);
    total += macs * (1 + Number(isTrained) + Number(isAnyTrained) + Number(teacher === 'computed'));
    isAnyTrained ||= isTrained;
  }
  return 2 * batch * total;
}
