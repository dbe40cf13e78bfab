import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectClose, expectNoLeak } from '../testing.js';
import { tf } from '../tf.js';
import { crossEntropy } from './cross-entropy.js';
import { crossEntropyToTeacher, klDivergence } from './kl-divergence.js';

type Nested = number[] | Nested[];
interface Golden {
  logits: Nested;
  labels: Nested;
  loss: number;
  grad: Nested;
}
interface TeacherGolden {
  temperature: number;
  teacher: number[][];
  student: number[][];
  loss: number;
  grad: number[][];
  crossEntropyForm: number;
}
const goldens = JSON.parse(readFileSync(new URL('../goldens/core.json', import.meta.url), 'utf8'));

function check(golden: Golden, dtype: 'int32' | 'float32'): void {
  tf.tidy(() => {
    const logits = tf.tensor(golden.logits as number[]);
    const labels = tf.tensor(golden.labels as number[], undefined, dtype);
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => crossEntropy(z, labels))(logits);
    expectClose(value, golden.loss, 2e-6);
    expectClose(grad, golden.grad, 1e-6);
  });
}

describe('crossEntropy', () => {
  it('equals PyTorch with ignored labels', () => check(goldens.cross_entropy_index, 'int32'));
  it('equals PyTorch with soft labels', () => check(goldens.cross_entropy_soft, 'float32'));
  it('equals PyTorch on dense predictions', () => check(goldens.cross_entropy_dense, 'int32'));

  it('is 0 with zero gradient when every label is ignored', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([255, 255], 'int32');
      const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => crossEntropy(z, labels))(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      );
      expectClose(value, 0, 0);
      expectClose(grad, [0, 0, 0, 0], 0);
    });
  });

  it('weighs samples', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, 2, 0],
        [3, 0, 1],
      ]);
      const both = crossEntropy(logits, tf.tensor1d([0, 1], 'int32'), { weights: tf.tensor1d([3, 1]) });
      const first = crossEntropy(logits, tf.tensor1d([0, 255], 'int32'));
      const second = crossEntropy(logits, tf.tensor1d([255, 1], 'int32'));
      expectClose(both, (3 * first.dataSync()[0]! + second.dataSync()[0]!) / 4, 1e-6);
    });
  });

  it('is ln K for equal logits, with large offsets too', () => {
    tf.tidy(() => {
      const loss = crossEntropy(tf.fill([4, 12], 3e4), tf.tensor1d([0, 3, 7, 11], 'int32'));
      expectClose(loss, Math.log(12), 1e-6);
    });
  });

  it('names the shapes that do not fit', () => {
    expect(() => crossEntropy(tf.zeros([2, 3]), tf.zeros([3], 'int32'))).toThrow(/\[3\].*\[2,3\].*\[2\]/);
    expect(() => crossEntropy(tf.zeros([2, 3]), tf.zeros([2], 'int32'), { weights: tf.ones([3]) })).toThrow(
      /3 weights/,
    );
  });

  it('leaves no tensor behind', () => {
    const logits = tf.ones([2, 3]);
    const labels = tf.tensor1d([1, 2], 'int32');
    expectNoLeak(() => tf.dispose(tf.valueAndGrad((z: tf.Tensor) => crossEntropy(z, labels))(logits)));
  });
});

describe.each([1, 2])('klDivergence at temperature %d', (temperature) => {
  const golden: TeacherGolden = goldens[`kl_t${temperature}`];

  it('equals PyTorch in value and gradient, in both forms', () => {
    tf.tidy(() => {
      const teacher = tf.tensor2d(golden.teacher);
      const student = tf.tensor2d(golden.student);
      for (const [form, expected] of [
        [klDivergence, golden.loss],
        [crossEntropyToTeacher, golden.crossEntropyForm],
      ] as const) {
        const loss = (z: tf.Tensor) => form(teacher, z as tf.Tensor2D, { temperature });
        const { value, grad } = tf.valueAndGrad(loss)(student);
        expectClose(value, expected, 4e-6);
        expectClose(grad, golden.grad, 1e-6);
      }
    });
  });

  it('is exactly 0 with exactly zero gradient at the teacher', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(golden.teacher);
      const loss = (z: tf.Tensor) => klDivergence(logits, z as tf.Tensor2D, { temperature });
      const { value, grad } = tf.valueAndGrad(loss)(logits.clone());
      expect([...value.dataSync(), ...grad.dataSync()].every((v) => v === 0)).toBe(true);
    });
  });
});

describe('klDivergence', () => {
  it('gives the worked example', () => {
    tf.tidy(() => {
      const old = tf.tensor2d([[1, 2, 3]]);
      const loss = (z: tf.Tensor) => klDivergence(old, z as tf.Tensor2D);
      const { value, grad } = tf.valueAndGrad(loss)(tf.tensor2d([[3, 2, 1]]));
      expectClose(value, 1.1504207652, 1e-6);
      expectClose(grad, [0.57521038, 0, -0.57521038], 1e-6);
      expectClose(crossEntropyToTeacher(old, tf.tensor2d([[3, 2, 1]])), 1.982816347, 1e-6);
    });
  });

  it('lets no gradient reach the teacher', () => {
    const toTeacher = tf.grad((t: tf.Tensor) => klDivergence(t as tf.Tensor2D, tf.tensor2d([[3, 2, 1]])));
    expect(() => toTeacher(tf.tensor2d([[1, 2, 3]]))).toThrow();
  });

  it('names what does not fit', () => {
    expect(() => klDivergence(tf.zeros([1, 3]), tf.zeros([1, 4]))).toThrow(/\[1,3\].*\[1,4\]/);
    expect(() => klDivergence(tf.zeros([1, 3]), tf.zeros([1, 3]), { temperature: 0 })).toThrow(/temperature/);
  });
});
