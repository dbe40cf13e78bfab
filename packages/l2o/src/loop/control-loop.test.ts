import { type Controller, createRng, disposeParams, UserError } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { plateauController } from '../../examples/plateau-controller.js';
import { fixedController } from '../controllers/fixed.js';
import { learnedController } from '../controllers/learned.js';
import { randomController } from '../controllers/random.js';
import { scheduleController } from '../controllers/schedule.js';
import { planWindows } from '../observe/window.js';
import { initPolicy } from '../policy/init.js';
import { freshToy, toyGroups, toyStep } from '../testing/toy-optimizee.js';
import { type ControlDecision, createControlLoop } from './control-loop.js';

const statistics = toyStep(freshToy, { learns: 1, forgets: 1 }).statistics;

/** Trains the toy to the end; the state goes through JSON after each iteration where `resumed`. */
function train<State>(controller: Controller<State>, resumed = false) {
  const length = { epochs: 4, iterationsPerEpoch: 60, window: { minimum: 5 } };
  const loop = createControlLoop({ controller, groups: toyGroups, ...length });
  let state = loop.init(createRng(5));
  let toy = freshToy;
  const scales: unknown[] = [];
  const decisions: (ControlDecision & { iteration: number })[] = [];
  for (let step = 0; step < 240; step++) {
    scales.push(state.scales);
    const taken = toyStep(toy, state.scales);
    toy = taken.toy;
    const next = loop.record(state, taken.statistics);
    if (next.decision) decisions.push({ ...next.decision, iteration: step + 1 });
    state = resumed ? JSON.parse(JSON.stringify(next.state)) : next.state;
  }
  return { loop, state, scales, decisions, toy, length };
}

describe('createControlLoop', () => {
  it('decides between the planned windows, after a first one at scale 1', () => {
    const { decisions, scales, length, loop, state } = train(randomController);
    const planned = planWindows(4, 60, length.window).flatMap(({ start, decided }) =>
      decided ? [start] : [],
    );
    expect(decisions.map(({ iteration }) => iteration)).toEqual(planned);
    expect(scales.slice(0, 5)).toEqual(new Array(5).fill({ learns: 1, forgets: 1 }));
    for (const { iteration, scales: decided } of decisions) expect(scales[iteration]).toEqual(decided);
    expect(() => loop.record(state, statistics)).toThrow(/training is over/);
  });

  it('takes the 66 decisions of 30 epochs of VisDA-17', () => {
    const controller = fixedController({}, 1);
    const loop = createControlLoop({ controller, groups: toyGroups, epochs: 30, iterationsPerEpoch: 4763 });
    let state = loop.init(createRng(0));
    let decisions = 0;
    for (let step = 0; step < 30 * 4763; step++) {
      const next = loop.record(state, statistics);
      if (next.decision) decisions++;
      state = next.state;
    }
    expect(decisions).toBe(66);
  });

  it('shows means over the window, and the scales that were in force in it', () => {
    const { decisions } = train(randomController);
    const [first, second] = decisions;
    expect(first!.observation.scales).toEqual({ learns: 1, forgets: 1 });
    expect(second!.observation.scales).toEqual(first!.scales);
    expect(first!.observation.progress).toBeCloseTo(2 / 240, 12);
    expect(Object.keys(first!.observation).sort()).toEqual(
      ['classifierMean', 'classifierStd', 'progress', 'regularizerLoss', 'scales', 'taskLoss'].sort(),
    );
  });

  it('lets controllers that need to see nothing set the first window', () => {
    expect(train(fixedController({ learns: 0.5, forgets: 0 })).scales[0]).toEqual({
      learns: 0.5,
      forgets: 0,
    });
    expect(train(scheduleController((progress) => 1 - progress)).scales[0]).toEqual({
      learns: 1,
      forgets: 1,
    });
  });

  it('goes on from a state that went through JSON at any iteration, with equal bits', () => {
    const policy = initPolicy(createRng(0), 2);
    for (const make of [
      () => learnedController(policy),
      () => plateauController(),
    ] as (() => Controller<unknown>)[]) {
      const whole = train(make());
      const resumed = train(make(), true);
      expect(resumed.decisions).toEqual(whole.decisions);
      expect(resumed.toy).toEqual(whole.toy);
      expect(resumed.state).toEqual(whole.state);
    }
    disposeParams(policy);
  });

  it('checks its lengths', () => {
    const options = { controller: randomController, groups: toyGroups, epochs: 1, iterationsPerEpoch: 10 };
    expect(() => createControlLoop({ ...options, epochs: 0 })).toThrow(UserError);
    expect(() => createControlLoop({ ...options, iterationsPerEpoch: 1.5 })).toThrow(/iterationsPerEpoch/);
    expect(() => createControlLoop({ ...options, window: { minimum: -1 } })).toThrow(UserError);
  });
});
