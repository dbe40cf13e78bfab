import { type Controller, createRng, type GroupRates, type Observation, tf } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const groups = ['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4', 'classifier'];

/** Any observation that a training which has not diverged can give. */
const observations: fc.Arbitrary<Observation> = fc.record({
  taskLoss: fc.double({ min: 0, max: 50, noNaN: true }),
  regularizerLoss: fc.double({ min: 0, max: 50, noNaN: true }),
  progress: fc.double({ min: 0, max: 1, noNaN: true }),
  classifierMean: fc.double({ min: -1, max: 1, noNaN: true }),
  classifierStd: fc.double({ min: 0, max: 1, noNaN: true }),
  scales: byGroup(fc.integer({ min: 0, max: 10 }).map((k) => k / 10)),
  norms: byGroup(
    fc.record({
      grad: fc.double({ min: 0, max: 1e3, noNaN: true }),
      weight: fc.double({ min: 0, max: 1e3, noNaN: true }),
    }),
  ),
});

function byGroup<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.record(Object.fromEntries(groups.map((group) => [group, value])));
}

/**
 * What holds of every controller: pure, a function of its random stream, its state plain JSON, a scale in [0, 1] for
 * every group and no other, no tensor left behind.
 */
export function controllerContract<State>(name: string, make: () => Controller<State>): void {
  describe(`every controller: ${name}`, () => {
    const sequences = fc.array(observations, { minLength: 1, maxLength: 5 });
    const check = (
      property: (sequence: Observation[], seed: number, controller: Controller<State>) => void,
    ) =>
      fc.assert(
        fc.property(sequences, fc.nat(), (sequence, seed) => property(sequence, seed, make())),
        { numRuns: 15 },
      );

    it('gives every group a scale in [0, 1], from the first window on', () => {
      check((sequence, seed, controller) => {
        const start = controller.init(groups, createRng(seed));
        if (controller.first) expectScales(controller.first(groups, start));
        for (const { scales } of run(controller, sequence, start)) expectScales(scales);
      });
    });

    it('is a function of observations and stream', () => {
      check((sequence, seed, controller) => {
        const rng = createRng(seed);
        const start = controller.init(groups, rng);
        const other = controller.init(groups, createRng(seed));
        expect(rng.state()).toEqual(createRng(seed).state()); // a stream of its own is split off
        expect(other).toEqual(start);
        expect(run(make(), sequence, other)).toEqual(run(controller, sequence, start));
      });
    });

    it('changes neither observation nor state', () => {
      check((sequence, seed, controller) => {
        let state = frozen(controller.init(Object.freeze([...groups]), createRng(seed)));
        for (const observation of sequence) {
          const before = JSON.stringify(state);
          const next = controller.decide(frozen(observation), state);
          expect(JSON.stringify(state)).toBe(before);
          state = frozen(next.state);
        }
      });
    });

    it('goes on from a state that went through JSON, at any decision', () => {
      check((sequence, seed, controller) => {
        const decisions = run(controller, sequence, controller.init(groups, createRng(seed)));
        let state = throughJson(controller.init(groups, createRng(seed)));
        sequence.forEach((observation, i) => {
          const next = make().decide(observation, state);
          expect(next).toEqual(decisions[i]);
          state = throughJson(next.state);
        });
      });
    });

    it('leaves no tensor behind', () => {
      const controller = make();
      const observation = fc.sample(observations, { numRuns: 1, seed: 1 })[0]!;
      const before = tf.memory().numTensors;
      run(controller, [observation, observation], controller.init(groups, createRng(0)));
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

function run<State>(controller: Controller<State>, sequence: readonly Observation[], start: State) {
  let state = start;
  return sequence.map((observation) => {
    const next = controller.decide(observation, state);
    state = next.state;
    return next;
  });
}

function expectScales(scales: GroupRates): void {
  expect(Object.keys(scales).sort()).toEqual([...groups].sort());
  for (const [group, scale] of Object.entries(scales)) {
    expect(scale, group).toBeGreaterThanOrEqual(0);
    expect(scale, group).toBeLessThanOrEqual(1);
  }
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}
