import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { FC_CHANNELS, FCN_CLASSES, FCN_CROPS, VGG_STAGES } from './fcn-shape.js';
import type { Parameters } from './parameters.js';
import { tf } from './tf.js';

/** [size, size, C, C]: bilinear interpolation of every channel by itself. */
function bilinearKernel(size: number): Tensor4D {
  const factor = Math.ceil(size / 2);
  const center = size % 2 === 1 ? factor - 1 : factor - 0.5;
  const line = Array.from({ length: size }, (_, i) => 1 - Math.abs(i - center) / factor);
  return tf.tidy(() => {
    const plane = tf.outerProduct(tf.tensor1d(line), tf.tensor1d(line)).reshape([size, size, 1, 1]);
    return plane.mul(tf.eye(FCN_CLASSES)) as Tensor4D;
  });
}

function crop(x: Tensor4D, offset: number, like: Tensor4D): Tensor4D {
  return tf.slice(x, [0, offset, offset, 0], [-1, like.shape[1], like.shape[2], -1]);
}

/** Transposed convolution without padding: (side − 1)·stride + kernel. */
function upsample(x: Tensor4D, kernel: Tensor4D, stride: number): Tensor4D {
  const [batch, height, width] = x.shape;
  const size = kernel.shape[0];
  const grown = (side: number) => (side - 1) * stride + size;
  return tf.conv2dTranspose(
    x,
    kernel,
    [batch, grown(height), grown(width), FCN_CLASSES],
    stride,
    'valid',
  ) as Tensor4D;
}

/** FCN-8s on VGG-16 without dropout, its upsampling fixed; [B, H, W, 3] to logits [B, H, W, classes]. */
export function fcn8s(parameters: Parameters): (images: Tensor4D) => Tensor4D {
  const addConv = (name: string, kernel: number, from: number, to: number) => {
    const deviation = Math.sqrt(2 / (kernel * kernel * from));
    parameters.addNormal(`${name}.weight`, [kernel, kernel, from, to], deviation);
    parameters.add(`${name}.bias`, () => tf.zeros([to]));
  };
  let channels = 3;
  VGG_STAGES.forEach((stage, i) => {
    stage.forEach((to, j) => {
      addConv(`stage${i + 1}.${j}`, 3, channels, to);
      channels = to;
    });
  });
  addConv('fc.6', 7, channels, FC_CHANNELS);
  addConv('fc.7', 1, FC_CHANNELS, FC_CHANNELS);
  addConv('score.fr', 1, FC_CHANNELS, FCN_CLASSES);
  addConv('score.pool4', 1, 512, FCN_CLASSES);
  addConv('score.pool3', 1, 256, FCN_CLASSES);
  const kernels = { two: tf.keep(bilinearKernel(4)), eight: tf.keep(bilinearKernel(16)) };

  const conv = (name: string, x: Tensor4D, pad: 'same' | 'valid' = 'valid'): Tensor => {
    const y = tf.conv2d(x, parameters.get(`${name}.weight`) as Tensor as Tensor4D, 1, pad);
    return y.add(parameters.get(`${name}.bias`));
  };
  const score = (name: string, x: Tensor4D) => conv(`score.${name}`, x) as Tensor4D;

  return (images) => {
    // Padding by 100, of which the first convolution's own is 1.
    let x: Tensor4D = tf.pad(images, [
      [0, 0],
      [99, 99],
      [99, 99],
      [0, 0],
    ]);
    const pooled = VGG_STAGES.map((stage, i) => {
      stage.forEach((_, j) => {
        x = conv(`stage${i + 1}.${j}`, x, 'same').relu();
      });
      // 'same' of a 2×2 window rounds the size up and leaves the padding out: PyTorch's ceil mode.
      x = tf.maxPool(x, 2, 2, 'same');
      return x;
    });
    x = conv('fc.6', x).relu();
    x = conv('fc.7', x).relu();
    const at16 = upsample(score('fr', x), kernels.two, 2);
    const pool4 = crop(score('pool4', pooled[3]!), FCN_CROPS.pool4, at16);
    const at8 = upsample(tf.add(at16, pool4), kernels.two, 2);
    const pool3 = crop(score('pool3', pooled[2]!), FCN_CROPS.pool3, at8);
    return crop(upsample(tf.add(at8, pool3), kernels.eight, 8), FCN_CROPS.image, images);
  };
}
