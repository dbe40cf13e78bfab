import { createRng, disposeParams, type Observation, type Params, UserError } from '@syn2real/core';
import { afterAll, describe, expect, it } from 'vitest';
import { plateauController } from '../../examples/plateau-controller.js';
import { uniformScales } from '../actions.js';
import { policyFromStateDict } from '../policy/state-dict.js';
import { controllerContract } from '../testing/controller-contract.js';
import { goldens, unpack } from '../testing/goldens.js';
import { autoRgnController } from './auto-rgn.js';
import { fixedController } from './fixed.js';
import { learnedController } from './learned.js';
import { randomController, randomOnceController } from './random.js';
import { scheduleController } from './schedule.js';

let loaded: Params | undefined;
const policy = (): Params => {
  loaded ??= policyFromStateDict(unpack(goldens.stateDict));
  return loaded;
};
afterAll(() => disposeParams(loaded ?? {}));

controllerContract('learned', () => learnedController(policy()));
controllerContract('learned, hidden state never carried', () =>
  learnedController(policy(), { carryHidden: false }),
);
controllerContract('learned, greedy', () => learnedController(policy(), { greedy: true }));
controllerContract('random', () => randomController);
controllerContract('random-once', () => randomOnceController);
controllerContract('fixed', () => fixedController({ classifier: 1 }, 0.1));
controllerContract('auto-rgn', () => autoRgnController);
controllerContract('schedule', () =>
  scheduleController((progress, group) => (group === 'conv1' ? 1 - progress : 1)),
);
controllerContract('the example in a page', () => plateauController());

const groups = ['a', 'b', 'c'];
const observation = (extra: Partial<Observation> = {}): Observation => ({
  taskLoss: 1,
  regularizerLoss: 0,
  progress: 0.5,
  classifierMean: 0,
  classifierStd: 0.02,
  scales: uniformScales(groups),
  ...extra,
});

describe('learned', () => {
  it('samples anew at each decision and refuses another number of groups', () => {
    const controller = learnedController(policy());
    const seven = ['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4', 'classifier'];
    let state = controller.init(seven, createRng(0));
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const next = controller.decide(observation({ scales: uniformScales(seven) }), state);
      seen.add(JSON.stringify(next.scales));
      state = next.state;
    }
    expect(seen.size).toBe(10);
    expect(() => controller.init(groups, createRng(0))).toThrow(/3 groups \(a, b, c\)[\s\S]*expected: 7/);
  });
});

describe('random', () => {
  it('draws all eleven scales, uniformly, independently for each group', () => {
    let state = randomController.init(groups, createRng(1));
    const counts = new Map<number, number>();
    let equal = 0;
    for (let i = 0; i < 2000; i++) {
      const next = randomController.decide(observation(), state);
      for (const scale of Object.values(next.scales)) counts.set(scale, (counts.get(scale) ?? 0) + 1);
      if (next.scales.a === next.scales.b) equal++;
      state = next.state;
    }
    expect([...counts.keys()].sort((x, y) => x - y)).toEqual([
      0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ]);
    const expected = 6000 / 11;
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(29.6); // 10 degrees of freedom, p = 0.001
    expect(Math.abs(equal / 2000 - 1 / 11)).toBeLessThan(0.025);
  });
});

describe('random-once', () => {
  it('keeps its first draw, another for another seed', () => {
    const state = randomOnceController.init(groups, createRng(1));
    const first = randomOnceController.decide(observation(), state);
    expect(randomOnceController.decide(observation({ taskLoss: 9 }), first.state).scales).toEqual(
      first.scales,
    );
    const draws = Array.from(
      { length: 20 },
      (_, seed) => randomOnceController.init(groups, createRng(seed)).scales,
    );
    expect(new Set(draws.map((scales) => JSON.stringify(scales))).size).toBeGreaterThan(15);
  });
});

describe('fixed', () => {
  it('holds from the first window on, and may exceed 1', () => {
    const controller = fixedController({ c: 10 }, 0.1);
    const state = controller.init(groups, createRng(0));
    expect(controller.first!(groups, state)).toEqual({ a: 0.1, b: 0.1, c: 10 });
    expect(controller.decide(observation(), state).scales).toEqual({ a: 0.1, b: 0.1, c: 10 });
  });

  it('must name every group, and none besides', () => {
    expect(() => fixedController({ a: 1 }).init(groups, createRng(0))).toThrow(/"b" has no valid scale/);
    expect(() => fixedController({ z: 1 }, 1).init(groups, createRng(0))).toThrow(/"z"[\s\S]*a, b, c/);
    for (const scale of [-1, Number.NaN, Infinity]) {
      expect(() => fixedController({ a: scale }, 1).init(groups, createRng(0))).toThrow(UserError);
    }
  });
});

describe('schedule', () => {
  it('follows progress', () => {
    const controller = scheduleController((progress, group) => (group === 'a' ? progress : 0.5));
    const state = controller.init(groups, createRng(0));
    expect(controller.first!(groups, state)).toEqual({ a: 0, b: 0.5, c: 0.5 });
    expect(controller.decide(observation({ progress: 0.25 }), state).scales).toEqual({
      a: 0.25,
      b: 0.5,
      c: 0.5,
    });
    const wrong = scheduleController(() => -1);
    expect(() => wrong.decide(observation(), wrong.init(groups, createRng(0)))).toThrow(
      /invalid scale at progress 0.5/,
    );
  });
});

describe('auto-rgn', () => {
  const decide = (extra: Partial<Observation>) =>
    autoRgnController.decide(observation(extra), autoRgnController.init(groups, createRng(0))).scales;

  it('scales by the relative gradient norm over the largest', () => {
    const norms = { a: { grad: 1, weight: 10 }, b: { grad: 4, weight: 8 }, c: { grad: 0, weight: 5 } };
    expect(decide({ norms })).toEqual({ a: 0.2, b: 1, c: 0 });
  });

  it('leaves a group of zero weights out, and the scales as they are where nothing has a gradient', () => {
    const norms = { a: { grad: 3, weight: 0 }, b: { grad: 4, weight: 8 }, c: { grad: 2, weight: 8 } };
    expect(decide({ norms })).toEqual({ a: 1, b: 1, c: 0.5 });
    expect(decide({ norms: { ...norms, a: { grad: 3, weight: 5e-324 } } })).toEqual({ a: 1, b: 1, c: 0.5 });
    expect(decide({ norms: { ...norms, a: { grad: 0, weight: 0 } } })).toEqual({ a: 1, b: 1, c: 0.5 });
    const none = Object.fromEntries(groups.map((group) => [group, { grad: 0, weight: 1 }]));
    expect(decide({ norms: none, scales: { a: 0.3, b: 0.2, c: 0.1 } })).toEqual({ a: 0.3, b: 0.2, c: 0.1 });
  });

  it('says what it needs', () => {
    expect(() => decide({})).toThrow(/no norms of the group "a"[\s\S]*groupNorms/);
    expect(() => decide({ norms: { a: { grad: Number.NaN, weight: 1 } } })).toThrow(UserError);
  });
});

describe('the example in a page', () => {
  it('halves every rate but the classifier’s when the loss has not improved for two windows', () => {
    const controller = plateauController(2);
    let state = controller.init(groups, createRng(0));
    const scales = [2, 1, 1, 1, 0.5].map((taskLoss) => {
      const next = controller.decide(observation({ taskLoss }), state);
      state = next.state;
      return next.scales.a;
    });
    expect(scales).toEqual([1, 1, 1, 0.5, 0.5]);
    expect(controller.decide(observation(), state).scales.c).toBe(1);
  });
});
