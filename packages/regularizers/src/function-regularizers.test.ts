import { type Features, type FunctionRegularizer, type OldHead, tf } from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denseProxyGuidance } from './dense-proxy-guidance.js';
import { featureDistillation } from './feature-distillation.js';
import { learningWithoutForgetting } from './learning-without-forgetting.js';
import { proxyGuidance } from './proxy-guidance.js';
import { road } from './road.js';
import {
  expectNoLeak,
  expectSlope,
  expectValues,
  floats,
  randomTensor,
  scalarValue,
} from './testing/tensors.js';

interface Row {
  name: string;
  regularizer: FunctionRegularizer;
  weight: number;
  /** Whether the loss is 0 where the networks agree; its gradient is 0 there in any case. */
  zeroAtAnchor: boolean;
}

/** Every function regularizer passes the same tests: a new one is a new row. */
const table: Row[] = [
  { name: 'proxy guidance', regularizer: proxyGuidance(), weight: 0.1, zeroAtAnchor: true },
  {
    name: 'proxy guidance, T 3',
    regularizer: proxyGuidance({ weight: 75, temperature: 3 }),
    weight: 75,
    zeroAtAnchor: true,
  },
  {
    name: 'proxy guidance as cross-entropy',
    regularizer: proxyGuidance({ form: 'cross-entropy', weight: 0 }),
    weight: 0,
    zeroAtAnchor: false,
  },
  { name: 'LwF', regularizer: learningWithoutForgetting(), weight: 1, zeroAtAnchor: false },
  { name: 'feature distillation', regularizer: featureDistillation(), weight: 1, zeroAtAnchor: true },
  {
    name: 'cosine feature distillation of a map',
    regularizer: featureDistillation({ distance: 'cosine', feature: 'layer4', weight: 2 }),
    weight: 2,
    zeroAtAnchor: true,
  },
  { name: 'ROAD', regularizer: road(), weight: 0.1, zeroAtAnchor: true },
  {
    name: 'ROAD on a vector',
    regularizer: road({ feature: 'pool', weight: 3 }),
    weight: 3,
    zeroAtAnchor: true,
  },
  {
    name: 'ROAD of two layers by region',
    regularizer: road({ feature: ['layer4', 'layer3'], regions: [3, 3], weight: 3 }),
    weight: 3,
    zeroAtAnchor: true,
  },
  {
    name: 'dense proxy guidance',
    regularizer: denseProxyGuidance({ grid: [3, 2] }),
    weight: 75,
    zeroAtAnchor: true,
  },
  {
    name: 'dense proxy guidance, overlapping, T 2, as cross-entropy',
    regularizer: denseProxyGuidance({ grid: [2, 2], overlap: 1, temperature: 2, form: 'cross-entropy' }),
    weight: 75,
    zeroAtAnchor: false,
  },
  {
    name: 'dense proxy guidance, one an image, through a pool of 2 × 2',
    regularizer: denseProxyGuidance({
      grid: [1, 1],
      weight: 2,
      pool: (x) => tf.avgPool(x, [2, 1], [1, 1], 'valid').mean([1, 2]),
    }),
    weight: 2,
    zeroAtAnchor: true,
  },
];

const SHAPES: Record<string, number[]> = { pool: [3, 4], layer4: [2, 3, 2, 4], layer3: [2, 5, 4, 3] };
const features = (seed: number): Record<string, tf.Tensor> => ({
  pool: randomTensor(SHAPES.pool!, seed),
  layer4: randomTensor(SHAPES.layer4!, seed + 1),
  layer3: randomTensor(SHAPES.layer3!, seed + 2),
});

describe.each(table)('$name keeps the contract', ({ regularizer, weight, zeroAtAnchor }) => {
  const needed = regularizer.needs[0]!;
  let student: Record<string, tf.Tensor>;
  let teacher: Record<string, tf.Tensor>;
  let kernel: tf.Tensor2D;
  const oldHead: OldHead = (feature) => tf.matMul(feature as tf.Tensor2D, kernel);
  const withFeature = (x: tf.Tensor): Features => ({ ...student, [needed]: x });
  const record = () => tf.tidy(() => regularizer.record(teacher, oldHead));

  beforeAll(() => {
    student = features(1);
    teacher = features(4);
    kernel = randomTensor([4, 5], 5) as tf.Tensor2D;
  });
  afterAll(() => tf.dispose([student, teacher, kernel]));

  it('names itself, its weight and the features that it needs', () => {
    expect(regularizer.name).toMatch(/^[a-z0-9-]+$/);
    expect(regularizer.weight).toBe(weight);
    expect(regularizer.needs.length).toBeGreaterThan(0);
  });

  it('keeps a record of tensors whose first axis is the batch', () => {
    const kept = record();
    expect(Object.keys(kept).length).toBeGreaterThan(0);
    for (const tensor of Object.values(kept)) expect(tensor.shape[0]).toBe(SHAPES[needed]![0]);
    tf.dispose({ ...kept });
  });

  it('has no slope where the networks agree, and no loss where its definition says so', async () => {
    const kept = tf.tidy(() => regularizer.record(student, oldHead));
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
      regularizer.loss(withFeature(x), kept, oldHead),
    )(student[needed]!);
    if (zeroAtAnchor) expect(await scalarValue(value)).toBe(0);
    else expect(await scalarValue(value)).toBeGreaterThan(0.01);
    for (const slope of await floats(grad)) expect(Math.abs(slope)).toBeLessThan(1e-7);
    tf.dispose([value, grad, { ...kept }]);
  });

  it('is positive elsewhere, with the gradient of its difference quotient', async () => {
    const kept = record();
    const loss = (x: tf.Tensor) => regularizer.loss(withFeature(x), kept, oldHead);
    const { value, grad } = tf.valueAndGrad(loss)(student[needed]!);
    expect(value.shape).toEqual([]);
    expect(await scalarValue(value)).toBeGreaterThan(0.01);
    for (const seed of [11, 12, 13]) await expectSlope(loss, student[needed]!, grad, seed);
    tf.dispose([value, grad, { ...kept }]);
  });

  it('sends no gradient into the teacher, even where its record is made under the tape', async () => {
    const [toStudent, toTeacher] = tf.tidy(() =>
      tf.grads((x: tf.Tensor, z: tf.Tensor) => {
        const kept = regularizer.record({ ...teacher, [needed]: z }, oldHead);
        return regularizer.loss(withFeature(x), kept, oldHead).add(z.sum().mul(0));
      })([student[needed]!, teacher[needed]!]),
    );
    expect((await floats(toStudent!)).some((slope) => slope !== 0)).toBe(true);
    await expectValues(toTeacher!, new Float32Array(toTeacher!.size), 0);
    tf.dispose([toStudent!, toTeacher!]);
  });

  it('gives the same from a record that was stored and read back, and twice the same', async () => {
    const kept = record();
    const stored: Record<string, tf.Tensor> = {};
    for (const [name, tensor] of Object.entries(kept)) {
      stored[name] = tf.tensor(await floats(tensor), tensor.shape);
    }
    const losses = [kept, kept, stored].map((from) =>
      tf.tidy(() => regularizer.loss(student, from, oldHead)),
    );
    const [first, second, third] = await Promise.all(losses.map(scalarValue));
    expect(second).toBe(first);
    expect(third).toBe(first);
    tf.dispose([losses, { ...kept }, stored]);
  });

  it('leaks no tensor, in loss or gradient', () =>
    expectNoLeak(() => {
      const kept = record();
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
        regularizer.loss(withFeature(x), kept, oldHead),
      )(student[needed]!);
      tf.dispose([value, grad, { ...kept }]);
    }));

  it('leaves the features alone: a record outlives them', async () => {
    const own = features(21);
    const kept = tf.tidy(() => regularizer.record(own, oldHead));
    const before = tf.tidy(() => regularizer.loss(student, kept, oldHead));
    tf.dispose(own);
    const after = tf.tidy(() => regularizer.loss(student, kept, oldHead));
    expect(await scalarValue(after)).toBe(await scalarValue(before));
    tf.dispose([before, after, { ...kept }]);
  });

  it('names what is missing, and refuses another shape', () => {
    const kept = record();
    tf.tidy(() => {
      expect(() => regularizer.record({}, oldHead)).toThrow(`"${needed}"`);
      expect(() => regularizer.loss({}, kept, oldHead)).toThrow(`"${needed}"`);
      expect(() => regularizer.loss(student, {}, oldHead)).toThrow('record');
      const other = { ...student, [needed]: tf.ones([1, ...SHAPES[needed]!.slice(1)]) };
      expect(() => regularizer.loss(other, kept, oldHead)).toThrow(/\[\d.*\[\d/);
    });
    tf.dispose({ ...kept });
  });
});

describe('coefficients out of range', () => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('weight %d', (weight) => {
    for (const make of [
      proxyGuidance,
      learningWithoutForgetting,
      featureDistillation,
      road,
      denseProxyGuidance,
    ]) {
      expect(() => make({ weight })).toThrow(RangeError);
    }
  });

  it.each([0, -1, Number.NaN])('temperature %d', (temperature) => {
    expect(() => proxyGuidance({ temperature })).toThrow(RangeError);
    expect(() => learningWithoutForgetting({ temperature })).toThrow(RangeError);
    expect(() => denseProxyGuidance({ temperature })).toThrow(RangeError);
  });

  it('forms that there are not', () => {
    expect(() => proxyGuidance({ form: 'mse' as 'kl' })).toThrow(/'kl' or 'cross-entropy'; got "mse"/);
    expect(() => denseProxyGuidance({ form: 'mse' as 'kl' })).toThrow(/'kl' or 'cross-entropy'; got "mse"/);
    expect(() => denseProxyGuidance({ grid: [0, 1] })).toThrow(/rows and columns; got \[0,1\]/);
    expect(() => denseProxyGuidance({ overlap: -1 })).toThrow(/positions; got -1/);
    expect(() => road({ regions: [1.5, 1] })).toThrow(/rows and columns/);
    expect(() => road({ feature: [] })).toThrow(/at least one/);
    expect(() => featureDistillation({ distance: 'l1' as 'mse' })).toThrow(/'mse' or 'cosine'; got "l1"/);
  });
});
