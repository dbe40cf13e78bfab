import { UserError } from '@syn2real/core';
import type { Backbone, InputConfig } from './backbone.js';
import { resnet } from './resnet.js';
import type { ResNetSpec } from './resnet-spec.js';
import { type VggSpec, vgg } from './vgg.js';

interface Entry {
  readonly spec: ResNetSpec;
  readonly input: InputConfig;
  readonly oldClasses: number;
}

/** VisDA-17 as ASG reads it: the shorter side to 224, then the centre; ImageNet's statistics. */
const IMAGENET: InputConfig = {
  resize: 224,
  interpolation: 'bilinear',
  crop: 224,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const MINI: InputConfig = {
  resize: 28,
  interpolation: 'bilinear',
  crop: 28,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

const imagenet = (block: ResNetSpec['block'], blocks: ResNetSpec['blocks']): Entry => ({
  spec: {
    block,
    blocks,
    widths: [64, 128, 256, 512],
    strides: [1, 2, 2, 2],
    stem: { kernel: 7, stride: 2, width: 64, maxPool: true },
  },
  input: IMAGENET,
  oldClasses: 1000,
});

const PLAIN: Readonly<Record<string, Entry>> = {
  resnet18: imagenet('basic', [2, 2, 2, 2]),
  resnet34: imagenet('basic', [3, 4, 6, 3]),
  resnet50: imagenet('bottleneck', [3, 4, 6, 3]),
  resnet101: imagenet('bottleneck', [3, 4, 23, 3]),
  'resnet10-28': {
    spec: {
      block: 'basic',
      blocks: [1, 1, 1, 1],
      widths: [32, 64, 128, 256],
      strides: [2, 2, 2, 1],
      stem: { kernel: 3, stride: 1, width: 32, maxPool: false },
    },
    input: MINI,
    oldClasses: 242,
  },
};

const withIbn = (ibn: 'a' | 'b'): readonly (readonly [string, Entry])[] =>
  Object.entries(PLAIN).map(([name, entry]) => [
    `${name}-ibn-${ibn}`,
    { ...entry, spec: { ...entry.spec, ibn } },
  ]);

const ENTRIES: Readonly<Record<string, Entry>> = {
  ...PLAIN,
  ...Object.fromEntries([...withIbn('a'), ...withIbn('b')]),
};

const VGG: Readonly<Record<string, VggSpec>> = {
  vgg16: { widths: [64, 128, 256, 512, 512], naming: 'torchvision', padding: 1, ceil: false },
  'vgg16-fcn': { widths: [64, 128, 256, 512, 512], naming: 'fcn', padding: 100, ceil: true },
};

/** The names that {@link createBackbone} knows. */
export const backboneNames: readonly string[] = [...Object.keys(ENTRIES), ...Object.keys(VGG)];

/** Options of {@link createBackbone}. */
export interface BackboneOptions {
  /** Pixels per position of the last map, by dilations in the place of strides: 8 or 16. Default: the network's own. */
  readonly outputStride?: number;
}

/**
 * The backbone called `name`: a description without tensors.
 *
 * `resnet18`, `resnet34`, `resnet50`, `resnet101` are torchvision's, for images of 224² with ImageNet's statistics;
 * `resnet10-28` is the mini benchmark's: basic blocks [1, 1, 1, 1] of 32, 64, 128, 256 channels with strides
 * 2, 2, 2, 1 after a 3×3 stem, for images of 28². Each also as IBN-Net, with `-ibn-a` or `-ibn-b` after its name.
 * `vgg16` is torchvision's, `vgg16-fcn` the backbone of FCN-8s ({@link createFcn}).
 *
 * @throws UserError that lists the valid names
 * @example
 * ```ts
 * const backbone = createBackbone('resnet101');
 * backbone.channels.pool; // 2048
 * const dilated = createBackbone('resnet50-ibn-a', { outputStride: 8 });
 * ```
 */
export function createBackbone(name: string, { outputStride }: BackboneOptions = {}): Backbone {
  const vggSpec = Object.hasOwn(VGG, name) ? VGG[name] : undefined;
  if (vggSpec !== undefined && outputStride === undefined) {
    return vgg({ name, spec: vggSpec, input: IMAGENET, oldClasses: 1000 });
  }
  const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
  if (entry === undefined) {
    throw new UserError({
      what: 'unknown backbone',
      got: JSON.stringify(name),
      expected: `one of ${backboneNames.join(', ')}${vggSpec === undefined ? '' : '; outputStride is for ResNets'}`,
      fix: 'pass one of these names',
    });
  }
  const spec = outputStride === undefined ? entry.spec : { ...entry.spec, outputStride };
  return resnet({ ...entry, name, spec });
}
