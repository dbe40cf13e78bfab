import { UserError } from '@syn2real/core';
import type { Backbone } from '../backbone.js';
import { createBackbone } from '../registry.js';
import { fcn8sHead } from './fcn8s-head.js';
import { asppHead, fcnHead } from './resnet-heads.js';
import type { ShapedDenseHead } from './shaped-dense-head.js';

/** Options of {@link createFcn}. */
export interface FcnOptions {
  readonly classes: number;
  /** On a ResNet: the minimal head, or ASPP. Default `'fcn'`. */
  readonly head?: 'fcn' | 'aspp';
  /** On a ResNet: pixels per position of layer4. Default the network's own with `'fcn'`, 8 with `'aspp'`. */
  readonly outputStride?: number;
}

/** A network for segmentation: scores of the images' size from `head.apply(params, backbone.apply(…), [H, W])`. */
export interface Fcn {
  readonly backbone: Backbone;
  readonly head: ShapedDenseHead;
}

/**
 * A fully convolutional network, as a description without tensors.
 *
 * `vgg16-fcn` is FCN-8s; any ResNet of {@link createBackbone}, IBN-Nets and the mini benchmark's too, takes one of the
 * heads for ResNets.
 *
 * @throws UserError for an unknown backbone, or a head that does not go with it
 * @example
 * ```ts
 * const { backbone, head } = createFcn('resnet10-28', { classes: 11 });
 * const rng = createRng(0);
 * const { params, buffers } = backbone.init(rng);
 * const all = { ...params, ...head.init(rng) };
 * const images = tf.zeros<tf.Rank.R4>([1, 40, 56, 3]);
 * const scores = tf.tidy(() => head.apply(all, backbone.apply(all, buffers, images, head.features), [40, 56]));
 * ```
 */
export function createFcn(name: string, { classes, head = 'fcn', outputStride }: FcnOptions): Fcn {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new UserError({ what: 'the number of classes is not a positive whole number', got: `${classes}` });
  }
  if (name === 'vgg16-fcn') {
    if (outputStride !== undefined || head !== 'fcn') {
      throw new UserError({
        what: 'FCN-8s has a head and a stride of its own',
        got: JSON.stringify({ head, outputStride }),
        fix: 'leave head and outputStride out, or choose a ResNet',
      });
    }
    return { backbone: createBackbone(name), head: fcn8sHead({ classes }) };
  }
  const stride = outputStride ?? (head === 'aspp' ? 8 : undefined);
  const backbone = createBackbone(name, stride === undefined ? {} : { outputStride: stride });
  const channels = backbone.channels.layer4;
  if (channels === undefined) {
    throw new UserError({
      what: 'this backbone has no dense head',
      got: name,
      expected: 'vgg16-fcn or a ResNet',
    });
  }
  return {
    backbone,
    head: head === 'aspp' ? asppHead({ channels, classes }) : fcnHead({ channels, classes }),
  };
}
