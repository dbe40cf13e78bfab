import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { maxPoolCeil } from './layers.js';

/** Each 2 × 2 window's largest value and the place of the first that has it, row by row; windows end at the border. */
function pooled(x: readonly (readonly number[])[]): { values: number[]; from: number[] } {
  const [height, width] = [x.length, x[0]!.length];
  const [values, from]: [number[], number[]] = [[], []];
  for (let top = 0; top < height; top += 2) {
    for (let left = 0; left < width; left += 2) {
      let best = [top, left] as const;
      for (const at of [
        [top, left + 1],
        [top + 1, left],
        [top + 1, left + 1],
      ] as const) {
        const value = x[at[0]]?.[at[1]];
        if (value !== undefined && value > x[best[0]]![best[1]]!) best = at;
      }
      values.push(x[best[0]]![best[1]]!);
      from.push(best[0] * width + best[1]);
    }
  }
  return { values, from };
}

describe('maxPoolCeil', () => {
  it.each([
    [5, 7],
    [4, 5],
    [3, 4],
    [4, 4],
    [1, 1],
  ])(
    'of a map of %d × %d keeps odd borders, ties go to the first, and so does the gradient',
    (height, width) => {
      for (const lowest of [0, -3]) {
        // Few values, so that there are ties, at the border too.
        const rows = Array.from({ length: height }, (_, y) =>
          Array.from({ length: width }, (_, x) => lowest + ((3 * y + 5 * x + y * x) % 3)),
        );
        const wanted = pooled(rows);
        const x = tf.tensor4d(rows.flat(), [1, height, width, 1]);
        const dy = tf.tensor4d(
          wanted.values.map((_, i) => i + 1),
          [1, Math.ceil(height / 2), Math.ceil(width / 2), 1],
        );
        const y = maxPoolCeil(x);
        const dx = tf.tidy(() => tf.grad((at) => maxPoolCeil(at as tf.Tensor4D))(x, dy));
        expect(y.shape).toEqual(dy.shape);
        expect([...y.dataSync()]).toEqual(wanted.values);
        const gradient = new Array<number>(height * width).fill(0);
        wanted.from.forEach((place, i) => {
          gradient[place]! += i + 1;
        });
        expect([...dx.dataSync()]).toEqual(gradient);
        tf.dispose([x, dy, y, dx]);
      }
    },
  );
});
