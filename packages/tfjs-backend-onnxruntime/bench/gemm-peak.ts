import { tf } from './tf.js';

/** GFLOP/s of 1024² products: the best of some chains of products, each read once. */
export function gemmPeak({ size = 1024, products = 8, rounds = 6 } = {}): number {
  const a = tf.randomUniform([size, size], -1, 1, 'float32', 1);
  const b = tf.randomUniform([size, size], -1 / size, 1 / size, 'float32', 2);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    tf.tidy(() => {
      let x = a;
      for (let i = 0; i < products; i++) x = tf.matMul(x, b);
      x.slice([0, 0], [1, 1]).dataSync();
    });
    best = Math.min(best, performance.now() - start);
  }
  tf.dispose([a, b]);
  return (2 * size ** 3 * products) / (best * 1e6);
}
