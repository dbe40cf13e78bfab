import { type Params, param, tf } from '@syn2real/core';
import type { HiddenTensors } from './hidden.js';
import { ENCODED, encoderNames } from './shapes.js';

/** The five encoders' weights side by side: `[5, 1, 80]`, `[5, 20, 80]`, `[5, 1, 80]`. */
export interface EncoderWeights {
  input: tf.Tensor3D;
  hidden: tf.Tensor3D;
  bias: tf.Tensor3D;
}

/** Stacks the encoders, so that a step of all five is one batched product. Call it inside `tf.tidy`. */
export function stackEncoders(policy: Params): EncoderWeights {
  const names = ENCODED.map((_, i) => encoderNames(i));
  const stack = (of: (name: (typeof names)[number]) => string) =>
    tf.stack(names.map((name) => param(policy, of(name))));
  return {
    input: stack((name) => name.weightInput) as tf.Tensor3D,
    hidden: stack((name) => name.weightHidden) as tf.Tensor3D,
    bias: stack((name) => name.biasInput)
      .add(stack((name) => name.biasHidden))
      .expandDims(1) as tf.Tensor3D,
  };
}

/**
 * One step of five independent LSTMs, each on a number of its own:
 * c′ = σ(f)·c + σ(i)·tanh(g), h′ = σ(o)·tanh(c′), with (i, f, g, o) = W_ih·x + b_ih + W_hh·h + b_hh.
 *
 * @param x the five numbers, `[5, 1, 1]`
 * @see `torch.nn.LSTM`, whose gate order this is; TensorFlow.js's own cells differ in it and in the forget bias
 */
export function stepEncoders(
  weights: EncoderWeights,
  x: tf.Tensor3D,
  { h, c }: HiddenTensors,
): HiddenTensors {
  const gates = x.mul(weights.input).add(tf.matMul(h, weights.hidden)).add(weights.bias);
  const [i, f, g, o] = tf.split(gates, 4, 2) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const cell = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
  return { h: o.sigmoid().mul(cell.tanh()) as tf.Tensor3D, c: cell as tf.Tensor3D };
}
