import type { FeatureName, Network, tf } from '@syn2real/core';

/** Sizes per axis, by tensor name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** How images must be prepared for a backbone's pretrained weights, in the order of its fields. */
export interface InputConfig {
  /** Length of the shorter side after resizing, in pixels. */
  readonly resize: number;
  readonly interpolation: 'bilinear';
  /** Side of the square cut from the centre, in pixels: what the network sees. */
  readonly crop: number;
  /** Subtracted from values in [0, 1], per channel (red, green, blue). */
  readonly mean: readonly [number, number, number];
  /** Divides after the subtraction, per channel. */
  readonly std: readonly [number, number, number];
}

/** A network of the registry: with the shapes of its tensors and what its pretrained weights expect. */
export interface Backbone extends Network {
  readonly input: InputConfig;
  /** Classes of the task that the pretrained weights were trained on. */
  readonly oldClasses: number;
  /** Channels of each feature; `channels.pool` is the width that a head reads. */
  readonly channels: Readonly<Record<string, number>>;
  /** The last map, `[B, h, w, C]`, and how the old head pools it, or a patch of it, into the rows that it reads. */
  readonly map: { readonly feature: FeatureName; pool(map: tf.Tensor4D): tf.Tensor2D };
  /** Shapes of the trainable tensors, in state-dict order and TensorFlow.js layout (kernels `[kh, kw, in, out]`). */
  paramShapes(): Shapes;
  /** Shapes of the running statistics, in state-dict order. */
  bufferShapes(): Shapes;
}
