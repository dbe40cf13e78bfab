import {
  disposeParams,
  mapParams,
  type ParameterRegularizer,
  type Params,
  type RegularizerBatch,
  tf,
} from '@syn2real/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ewc } from './ewc.js';
import { l2Distance, l2Sp } from './l2.js';
import { mas } from './mas.js';
import { type SynapticIntelligence, si } from './si.js';
import { batchesOf, HEAD, madeParams, outputMap, outputVector, SHAPES } from './testing/parameter-setting.js';
import {
  expectNoLeak,
  expectSlope,
  expectValues,
  floats,
  randomTensor,
  savedAndLoaded,
  scalarValue,
} from './testing/tensors.js';

const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];

interface Row {
  name: string;
  regularizer: ParameterRegularizer;
  /** Whether it also acts on parameters that the anchor does not have. */
  regularizesOthers: boolean;
  /** What `prepare` needs besides the anchor. */
  samples?: () => AsyncIterable<RegularizerBatch>;
  /** Brings a prepared state to where the penalty acts. */
  settle?: (state: Params) => Params;
}

const vectors = () => batchesOf([2, 2, 1], 'vector');
const maps = () => batchesOf([2, 2, 1], 'map');

/** Two steps of a task, from the parameters of seed 1 on. */
function afterTwoSteps(regularizer: SynapticIntelligence, state: Params): Params {
  let [settled, before] = [state, madeParams(1)];
  for (const seed of [60, 70]) {
    const taskGrads = madeParams(seed);
    const after = tf.tidy(() => mapParams(before, (p, name) => p.sub(taskGrads[name]!.mul(0.1))));
    const next = regularizer.afterStep({ taskGrads, before, after }, settled);
    disposeReplaced(settled, next);
    for (const used of [taskGrads, before]) disposeParams(used);
    [settled, before] = [next, { ...after }];
  }
  disposeParams(before);
  return settled;
}

function disposeReplaced(old: Params, next: Params): void {
  const kept = new Set(Object.values(next));
  tf.dispose(Object.values(old).filter((tensor) => !kept.has(tensor)));
}

function row(name: string, regularizer: ParameterRegularizer, rest: Partial<Row> = {}): Row {
  return { name, regularizer, regularizesOthers: false, ...rest };
}

const wholeTask = si({ weight: 1e-3 });
const firstPass = si({ weight: 1e-3, trajectory: { from: 'first-pass', steps: 2 } });

/** Every parameter regularizer passes the same tests: a new one is a new row. */
const table: Row[] = [
  row('L2', l2Distance({ weight: 0.3 })),
  row('L2-SP', l2Sp({ alpha: 0.7, beta: 0.2 }), { regularizesOthers: true }),
  row('EWC', ewc({ weight: 0.3, logits: outputVector }), { samples: vectors }),
  row('EWC of a map', ewc({ weight: 0.3, logits: outputMap }), { samples: maps }),
  row('EWC, empirical', ewc({ logits: outputVector, weight: 0.3, fisher: 'empirical' }), {
    samples: vectors,
  }),
  row(
    'EWC, empirical, of a map by batch',
    ewc({ logits: outputMap, fisher: 'empirical', per: 'batch', weight: 0.1 }),
    {
      samples: maps,
    },
  ),
  row('MAS', mas({ weight: 0.3, output: outputVector }), { samples: vectors }),
  row('MAS of a map', mas({ weight: 0.3, output: outputMap }), { samples: maps }),
  row('MAS by batch', mas({ weight: 0.3, output: outputVector, per: 'batch' }), { samples: vectors }),
  row('SI, after a task', wholeTask, {
    settle(state) {
      const stepped = afterTwoSteps(wholeTask, state);
      const start = madeParams(1);
      const consolidated = wholeTask.consolidate(start, stepped);
      for (const used of [start, stepped]) disposeParams(used);
      return consolidated;
    },
  }),
  row('SI, after a first pass', firstPass, { settle: (state) => afterTwoSteps(firstPass, state) }),
  row(
    'SI, along the old task',
    si({
      weight: 0.3,
      trajectory: {
        from: 'old-task',
        rate: 0.05,
        loss: (params, { images }) => outputMap(params, images).square().mean(),
      },
    }),
    { samples: maps },
  ),
  row(
    'SI, importances of MAS',
    si({ weight: 0.3, trajectory: { from: 'importance', regularizer: mas({ output: outputVector }) } }),
    {
      samples: vectors,
    },
  ),
];

describe.each(table)('$name keeps the contract', ({ regularizer, regularizesOthers, samples, settle }) => {
  let anchor: Params;
  let params: Params;
  let state: Params;
  const prepared = async () => {
    const made = await regularizer.prepare(anchor, samples?.());
    return settle?.(made) ?? made;
  };

  beforeAll(async () => {
    anchor = madeParams(1);
    params = { ...madeParams(11), [HEAD]: randomTensor([4, 2], 20) };
    state = await prepared();
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
    for (const [name, tensor] of Object.entries(state)) {
      expect(tensor.dtype).toBe('float32');
      expect(bits(await floats(loaded[name]!))).toEqual(bits(await floats(tensor)));
    }
    const penalties = [state, state, loaded].map((from) => regularizer.penalty(params, from));
    const [first, second, third] = await Promise.all(penalties.map(scalarValue));
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(first);
    expect(third).toBe(first);
    tf.dispose(penalties);
    disposeParams(loaded);
  });

  it('prepares the same state from the same samples, bit by bit', async () => {
    const again = await prepared();
    expect(Object.keys(again)).toEqual(Object.keys(state));
    for (const [name, tensor] of Object.entries(state)) {
      expect(bits(await floats(again[name]!)), name).toEqual(bits(await floats(tensor)));
    }
    disposeParams(again);
  });

  it('keeps its own state: the anchor may be disposed', async () => {
    const own = madeParams(1);
    const unsettled = await regularizer.prepare(own, samples?.());
    disposeParams(own);
    const kept = settle?.(unsettled) ?? unsettled;
    const [penalty, wanted] = [kept, state].map((from) => regularizer.penalty(params, from));
    expect(await scalarValue(penalty!)).toBe(await scalarValue(wanted!));
    tf.dispose([penalty!, wanted!]);
    disposeParams(kept);
  });

  it('leaks no tensor', () =>
    expectNoLeak(async () => {
      const made = await prepared();
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
    expect(() => ewc({ weight, logits: outputVector })).toThrow(RangeError);
    expect(() => mas({ weight, output: outputVector })).toThrow(RangeError);
    expect(() => si({ weight })).toThrow(RangeError);
  });
});
