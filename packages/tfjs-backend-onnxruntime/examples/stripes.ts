/** Images of noise with stripes, lying (class 0) or standing (class 1), the same in every run. */
import * as tf from '@tensorflow/tfjs';

const [COUNT, SIZE] = [32, 12] as const;

export function stripes(): { images: tf.Tensor4D; labels: tf.Tensor2D } {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const pixels = Float32Array.from({ length: COUNT * SIZE * SIZE }, (_, i) => {
    const [x, y, image] = [i % SIZE, Math.floor(i / SIZE) % SIZE, Math.floor(i / SIZE ** 2)];
    return ((image % 2 === 0 ? y : x) % 4 < 2 ? 0.5 : -0.5) + 2 * noise();
  });
  const classes = Int32Array.from({ length: COUNT }, (_, image) => image % 2);
  return {
    images: tf.tensor4d(pixels, [COUNT, SIZE, SIZE, 1]),
    labels: tf.oneHot(tf.tensor1d(classes, 'int32'), 2).toFloat() as tf.Tensor2D,
  };
}
