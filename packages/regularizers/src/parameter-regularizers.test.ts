import { disposeParams, type ParameterRegularizer, type Params, tf } from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { l2Distance, l2Sp } from './l2.js';
import {
  expectNoLeak,
  expectSlope,
  expectValues,
  floats,
  randomTensor,
  savedAndLoaded,
  scalarValue,
} from './testing/tensors.js';

interface Row {
  name: string;
  regularizer: ParameterRegularizer;
  /** Whether it also acts on parameters that the anchor does not have. */
  regularizesOthers: boolean;
}

/** Every parameter regularizer passes the same tests: a new one is a new row. */
const table: Row[] = [
  { name: 'L2', regularizer: l2Distance({ weight: 0.3 }), regularizesOthers: false },
  { name: 'L2-SP', regularizer: l2Sp({ alpha: 0.7, beta: 0.2 }), regularizesOthers: true },
];

const SHAPES: Record<string, number[]> = { 'conv1.weight': [3, 3, 2, 4], 'bn1.bias': [4] };
const HEAD = 'fc_new.weight';

describe.each(table)('$name keeps the contract', ({ regularizer, regularizesOthers }) => {
  let anchor: Params;
  let params: Params;
  let state: Params;

  beforeAll(async () => {
    const made = (seed: number) =>
      Object.fromEntries(
        Object.entries(SHAPES).map(([name, shape], at) => [name, randomTensor(shape, seed + at)]),
      );
    anchor = made(1);
    params = { ...made(11), [HEAD]: randomTensor([4, 2], 20) };
    state = await regularizer.prepare(anchor);
  });
  afterAll(() => [anchor, params, state].forEach(disposeParams));

  const atAnchor = (): Params => ({ ...params, ...anchor });

  it('is 0 with zero gradient at its anchor', async () => {
    const shared = Object.fromEntries(Object.keys(SHAPES).map((name) => [name, anchor[name]!]));
    const penalty = regularizer.penalty(shared, state);
    const gradient = regularizer.gradient(shared, state);
    expect(await scalarValue(penalty)).toBe(0);
    for (const name of Object.keys(SHAPES)) {
      await expectValues(gradient[name]!, new Float32Array(anchor[name]!.size), 0);
    }
    penalty.dispose();
    disposeParams(gradient);
  });

  it('has the gradient of its difference quotient and of autodiff, tensor by tensor', async () => {
    const gradient = regularizer.gradient(params, state);
    for (const [at, name] of Object.keys(params).entries()) {
      const penalty = (x: tf.Tensor) => regularizer.penalty({ ...params, [name]: x }, state);
      const closed = gradient[name];
      if (name === HEAD && !regularizesOthers) {
        expect(closed).toBeUndefined();
        continue;
      }
      const automatic = tf.grad(penalty)(params[name]!);
      await expectValues(closed!, await floats(automatic), 1e-6);
      await expectSlope(penalty, params[name]!, closed!, 30 + at);
      automatic.dispose();
    }
    disposeParams(gradient);
  });

  it('says the same from a state that was saved and loaded, and twice the same', async () => {
    const loaded = await savedAndLoaded(state);
    expect(Object.keys(loaded)).toEqual(Object.keys(state));
    const penalties = [state, state, loaded].map((from) => regularizer.penalty(params, from));
    const [first, second, third] = await Promise.all(penalties.map(scalarValue));
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(first);
    expect(third).toBe(first);
    tf.dispose(penalties);
    disposeParams(loaded);
  });

  it('keeps its own state: the anchor may be disposed', async () => {
    const own = { 'bn1.bias': randomTensor([4], 40) };
    const kept = await regularizer.prepare(own);
    disposeParams(own);
    const penalty = regularizer.penalty({ 'bn1.bias': params['bn1.bias']! }, kept);
    expect(await scalarValue(penalty)).toBeGreaterThan(0);
    penalty.dispose();
    disposeParams(kept);
  });

  it('leaks no tensor', () =>
    expectNoLeak(async () => {
      const made = await regularizer.prepare(anchor);
      regularizer.penalty(params, made).dispose();
      disposeParams(regularizer.gradient(params, made));
      disposeParams(made);
    }));

  it('touches the new head only where its definition says so', async () => {
    const [penalty, gradient] = [
      regularizer.penalty(atAnchor(), state),
      regularizer.gradient(atAnchor(), state),
    ];
    if (regularizesOthers) expect(await scalarValue(penalty)).toBeGreaterThan(0);
    else expect(await scalarValue(penalty)).toBe(0);
    expect(HEAD in gradient).toBe(regularizesOthers);
    penalty.dispose();
    disposeParams(gradient);
  });

  it('refuses parameters that do not fit the anchor', () => {
    tf.tidy(() => {
      const reshaped = { ...params, 'bn1.bias': tf.ones([5]) };
      for (const use of [regularizer.penalty, regularizer.gradient]) {
        expect(() => use(reshaped, state)).toThrow('"bn1.bias" is [5], its anchor [4]');
        expect(() => use({ other: tf.ones([1]) }, state)).toThrow('none of the 1 parameters has an anchor');
      }
    });
  });
});

describe('coefficients out of range', () => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d', (weight) => {
    expect(() => l2Distance({ weight })).toThrow(RangeError);
    expect(() => l2Sp({ alpha: weight })).toThrow(RangeError);
    expect(() => l2Sp({ beta: weight })).toThrow(RangeError);
  });
});
