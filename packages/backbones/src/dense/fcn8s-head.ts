import { type DenseHead, type Features, type Params, tf } from '@syn2real/core';
import type { Shapes } from '../backbone.js';
import { bilinearKernel } from './bilinear-kernel.js';
import { biased, convBias, cropAt, upscore } from './layers.js';
import type { ShapedDenseHead } from './shaped-dense-head.js';

/** Options of {@link fcn8sHead}. */
export interface Fcn8sHeadOptions {
  readonly classes: number;
  /** Channels of pool3, pool4 and fc7. Default 256, 512 and 4096, VGG-16's. */
  readonly channels?: { readonly pool3: number; readonly pool4: number; readonly fc7: number };
}

/**
 * The score layers of FCN-8s, trained "at once": u = up2(score(fc7)), v = up2(u + score(0.01·pool4)),
 * w = up8(v + score(0.0001·pool3)), cropped at 5, 9 and 31 to the image.
 *
 * It goes with a backbone whose first convolution pads by 100. Tensors: `score_fr`, `score_pool3`, `score_pool4` with bias;
 * `upscore2`, `upscore_pool4` (4 × 4), `upscore8` (16 × 16), transposed convolutions without bias. `init` is
 * deterministic: scores zero, transposed convolutions bilinear within a class and zero between classes.
 *
 * @see Long, Shelhamer, Darrell: Fully convolutional networks for semantic segmentation (CVPR 2015)
 */
export function fcn8sHead({
  classes,
  channels = { pool3: 256, pool4: 512, fc7: 4096 },
}: Fcn8sHeadOptions): ShapedDenseHead {
  const shapes: Shapes = {
    ...biased('score_fr', [1, 1, channels.fc7, classes]),
    ...biased('score_pool3', [1, 1, channels.pool3, classes]),
    ...biased('score_pool4', [1, 1, channels.pool4, classes]),
    'upscore2.weight': [4, 4, classes, classes],
    'upscore8.weight': [16, 16, classes, classes],
    'upscore_pool4.weight': [4, 4, classes, classes],
  };
  return {
    name: 'score',
    classes,
    features: ['pool3', 'pool4', 'fc7'],
    paramShapes: () => shapes,
    init: () =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [
          name,
          name.startsWith('upscore') ? bilinearKernel(shape[0]!, classes) : tf.zeros([...shape]),
        ]),
      ),
    apply: scores,
  } satisfies DenseHead & ShapedDenseHead;
}

function scores(params: Params, features: Features, size: readonly [number, number]): tf.Tensor4D {
  const of = (name: string): tf.Tensor4D => {
    const found = features[name];
    if (found === undefined) throw new Error(`FCN-8s reads the feature "${name}".`);
    return found as tf.Tensor4D;
  };
  const sizeOf = ({ shape }: tf.Tensor4D) => [shape[1], shape[2]] as const;
  const fromFc7 = upscore(params, convBias(params, of('fc7'), 'score_fr'), 'upscore2', 2);
  const fromPool4 = cropAt(convBias(params, of('pool4').mul(0.01), 'score_pool4'), 5, sizeOf(fromFc7));
  const both = upscore(params, fromFc7.add<tf.Tensor4D>(fromPool4), 'upscore_pool4', 2);
  const fromPool3 = cropAt(convBias(params, of('pool3').mul(0.0001), 'score_pool3'), 9, sizeOf(both));
  return cropAt(upscore(params, both.add<tf.Tensor4D>(fromPool3), 'upscore8', 8), 31, size);
}
