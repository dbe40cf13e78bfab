import { type FeatureName, type Params, param, type Rng, tf } from '@syn2real/core';
import { adaptiveAvgPool } from './adaptive-avg-pool.js';
import type { Backbone, Shapes } from './backbone.js';
import { biased, convBias, maxPoolCeil } from './dense/layers.js';
import { kaimingNormal } from './init.js';

/** A VGG-16 in a few numbers. */
export interface VggSpec {
  /** Channels of the five groups of convolutions. */
  readonly widths: readonly [number, number, number, number, number];
  /** `'torchvision'`: `features.0`, …; `'fcn'`: `conv1_1`, … with `fc6` and `fc7`, of `fc` channels, as convolutions. */
  readonly naming: 'torchvision' | 'fcn';
  /** Zeros around the image before the first convolution: 1, or 100 in a fully convolutional network. */
  readonly padding: number;
  /** Whether a pool keeps an odd last row and column. */
  readonly ceil: boolean;
  /** Channels of fc6 and fc7. Default 4096. */
  readonly fc?: number;
}

/** What a VGG-16 is besides its architecture. */
export interface VggOptions {
  readonly name: string;
  readonly spec: VggSpec;
  readonly input: Backbone['input'];
  readonly oldClasses: number;
}

/** Rows and columns that the old classifier reads. */
const VGG_GRID = 7;

const COUNTS = [2, 2, 3, 3, 3] as const;
const STAGES = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'] as const;

interface ConvLayer {
  readonly prefix: string;
  readonly group: string;
  readonly shape: readonly [number, number, number, number];
}

/** State-dict prefixes of VGG-16's convolutions, torchvision's and FCN's, group by group. */
const VGG_NAMES: readonly (readonly (readonly [torchvision: string, fcn: string])[])[] = (() => {
  let index = 0;
  return COUNTS.map((count, stage) => {
    const names = Array.from(
      { length: count },
      (_, at) => [`features.${index + 2 * at}`, `conv${stage + 1}_${at + 1}`] as const,
    );
    index += 2 * count + 1;
    return names;
  });
})();

/**
 * VGG-16 as a description, with torchvision's tensor names or those of the fully convolutional network.
 *
 * Features, `[B, h, w, C]`: `pool1` … `pool5`, after each group's pool; `pool` `[B, 49·C]`, pool5 averaged to 7 × 7 and
 * flattened, what `vggOldHead` reads; and with `naming: 'fcn'` `fc7`. Dropout is off. Groups: `conv1` … `conv5`,
 * `fc` (fc6 and fc7) and `classifier` (the score layers).
 *
 * @example
 * ```ts
 * const network = createBackbone('vgg16');
 * network.channels.pool; // 25088
 * ```
 * @see Simonyan, Zisserman: Very deep convolutional networks (ICLR 2015); torchvision.models.vgg16
 */
export function vgg({ name, spec, input, oldClasses }: VggOptions): Backbone {
  const isFcn = spec.naming === 'fcn';
  const stages = stagesOf(spec);
  const fcLayers = isFcn ? fcLayersOf(spec) : [];
  const layers = [...stages.flat(), ...fcLayers];
  const shapes: Record<string, readonly number[]> = Object.assign({}, ...layers.map(shapesOf));
  const groups = new Map(layers.flatMap((l) => Object.keys(shapesOf(l)).map((key) => [key, l.group])));
  const channels: Record<string, number> = {};
  spec.widths.forEach((width, at) => {
    channels[`pool${at + 1}`] = width;
  });
  channels.pool = spec.widths[4] * VGG_GRID ** 2;
  if (isFcn) channels.fc7 = spec.fc ?? 4096;

  return {
    name,
    groups: isFcn ? [...STAGES, 'fc', 'classifier'] : [...STAGES, 'classifier'],
    features: Object.keys(channels),
    input,
    oldClasses,
    channels,
    map: { feature: 'pool5', pool: vggPool },
    paramShapes: () => shapes,
    bufferShapes: () => ({}),
    groupOf(key) {
      if (/^(score_|upscore|fc_new\.)/.test(key)) return 'classifier';
      const group = groups.get(key);
      if (group === undefined) throw new Error(`"${key}" is not a trainable tensor of ${name}.`);
      return group;
    },
    init: (rng) => ({ params: initBiased(shapes, rng), buffers: {} }),
    apply(params, _buffers, images, want) {
      for (const feature of want) {
        if (!Object.hasOwn(channels, feature)) {
          throw new Error(`${name} has no feature "${feature}"; it has ${Object.keys(channels).join(', ')}.`);
        }
      }
      return forward({ params, spec, stages, fcLayers, images, want: new Set(want) });
    },
  };
}

/** pool5 as the old classifier reads it: averaged to 7 × 7 and flattened, `[B, 49·C]`. */
function vggPool(map: tf.Tensor4D): tf.Tensor2D {
  const grid = adaptiveAvgPool(map, [VGG_GRID, VGG_GRID]);
  return grid.reshape([map.shape[0], VGG_GRID ** 2 * map.shape[3]]);
}

interface Forward {
  readonly params: Params;
  readonly spec: VggSpec;
  readonly stages: readonly (readonly ConvLayer[])[];
  readonly fcLayers: readonly ConvLayer[];
  readonly images: tf.Tensor4D;
  readonly want: Set<FeatureName>;
}

function forward({ params, spec, stages, fcLayers, images, want }: Forward): Record<FeatureName, tf.Tensor> {
  const features: Record<FeatureName, tf.Tensor> = {};
  let x = images;
  const reached = (feature: FeatureName, value: () => tf.Tensor): boolean => {
    if (want.delete(feature)) features[feature] = value();
    return want.size === 0;
  };
  if (want.size === 0) return features;
  for (const [at, stage] of stages.entries()) {
    for (const [within, { prefix }] of stage.entries()) {
      x = tf.relu(convBias(params, x, prefix, { padding: at + within === 0 ? spec.padding : 1 }));
    }
    x = spec.ceil ? maxPoolCeil(x) : tf.maxPool(x, 2, 2, 'valid');
    const map = x;
    if (reached(`pool${at + 1}`, () => map)) return features;
  }
  const last = x;
  if (reached('pool', () => vggPool(last))) return features;
  for (const { prefix } of fcLayers) x = tf.relu(convBias(params, x, prefix));
  reached('fc7', () => x);
  return features;
}

function stagesOf({ naming, widths }: VggSpec): readonly (readonly ConvLayer[])[] {
  let inputs = 3;
  return VGG_NAMES.map((names, stage) =>
    names.map(([torchvision, fcn]) => {
      const outputs = widths[stage]!;
      const layer: ConvLayer = {
        prefix: naming === 'fcn' ? fcn : torchvision,
        group: STAGES[stage]!,
        shape: [3, 3, inputs, outputs],
      };
      inputs = outputs;
      return layer;
    }),
  );
}

const fcLayersOf = ({ widths, fc = 4096 }: VggSpec): readonly ConvLayer[] => [
  { prefix: 'fc6', group: 'fc', shape: [VGG_GRID, VGG_GRID, widths[4], fc] },
  { prefix: 'fc7', group: 'fc', shape: [1, 1, fc, fc] },
];

const shapesOf = ({ prefix, shape }: ConvLayer): Shapes => biased(prefix, shape);

function initBiased(shapes: Shapes, rng: Rng): Params {
  const fresh = (name: string, shape: readonly number[]) =>
    shape.length === 4
      ? kaimingNormal(shape as [number, number, number, number], rng.split(name))
      : tf.zeros([...shape]);
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, fresh(name, shape)]));
}

/**
 * Tensors of the fully convolutional backbone from torchvision's VGG-16: `features.0` → `conv1_1`, …, and the classifier's
 * first two layers as convolutions, `classifier.0` → `fc6` `[7, 7, 512, 4096]`, `classifier.3` → `fc7`
 * `[1, 1, 4096, 4096]`.
 *
 * @param plain tensors as `toParams` of `\@syn2real/weights` lays them out (`classifier.0.weight`'s rows in the order of a
 * flattened NHWC map); they stay the caller's, others among them are left out
 * @returns new handles, owned by the caller
 * @example
 * ```ts
 * const { backbone } = createFcn('vgg16-fcn', { classes: 19 });
 * const params = fcnFromVgg(backbone, toParams(tensors).params); // toParams from \@syn2real/weights
 * ```
 */
export function fcnFromVgg(fcn: Backbone, plain: Params): Params {
  const shapes = fcn.paramShapes();
  const sources = new Map<string, string>([
    ...VGG_NAMES.flat().map(([torchvision, name]) => [name, torchvision] as const),
    ['fc6', 'classifier.0'],
    ['fc7', 'classifier.3'],
  ]);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const [prefix = '', kind = ''] = name.split('.');
      const source = param(plain, `${sources.get(prefix)}.${kind}`);
      return [name, source.reshape([...shape])];
    }),
  );
}
