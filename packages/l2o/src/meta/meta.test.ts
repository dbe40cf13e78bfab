import { createRng, disposeParams, tf, UserError } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { windowStatistics } from '../observe/statistics.js';
import { planWindows } from '../observe/window.js';
import { zeroHidden } from '../policy/hidden.js';
import { bitsOf, fromBits } from '../testing/assert.js';
import { advance, finishToyRun, startToyRun, type ToyRun } from '../testing/toy-meta-run.js';
import { freshToy, toyGroups, toyStep } from '../testing/toy-optimizee.js';
import { type MetaTrainerOptions, paperMetaOptions, releasedMetaOptions } from './options.js';
import { type MetaDecision, type MetaState, releaseMetaState } from './state.js';
import { createMetaTrainer } from './trainer.js';

/** Everything a checkpoint would hold, through JSON. */
const stored = (state: MetaState) =>
  JSON.stringify({ policy: bitsOf(state.policy), optimizer: bitsOf(state.optimizer), plain: state.plain });

function restored(text: string): MetaState {
  const { policy, optimizer, plain } = JSON.parse(text);
  return { policy: fromBits(policy), optimizer: fromBits(optimizer), plain };
}

const dispose = ({ state }: ToyRun) => {
  disposeParams(state.policy);
  disposeParams(state.optimizer);
};

const decisionsOf = (steps: readonly { decision?: MetaDecision }[]) =>
  steps.flatMap(({ decision }) => (decision === undefined ? [] : [decision]));

const small: MetaTrainerOptions = {
  groups: toyGroups,
  iterationsPerEpoch: 9,
  epochs: 5,
  earlyStop: 2,
  rollout: 3,
  gamma: 0.5,
  window: { growth: 'constant', minimum: 2 },
  normalizeRewards: true,
  baseline: 'moving',
};

describe('meta-training on a toy whose best scales are known', () => {
  const meanScales = (decisions: readonly MetaDecision[]) =>
    toyGroups.map(
      (group) =>
        decisions.reduce((sum, { expectedScales }) => sum + expectedScales[group]!, 0) / decisions.length,
    );

  it.each<[string, Partial<MetaTrainerOptions>, number]>([
    ['with the options that the paper prints, in 30 of its 50 epochs', { epochs: 30 }, 0.05],
    ['faster with normalised rewards', { epochs: 30, normalizeRewards: true, learningRate: 0.05 }, 0.15],
  ])('moves the expected scales the right way %s', (_, extra, margin) => {
    const meta = createMetaTrainer({
      ...paperMetaOptions,
      groups: toyGroups,
      iterationsPerEpoch: 10,
      ...extra,
    });
    const { run, steps } = finishToyRun(meta, startToyRun(meta, 0));
    const decisions = decisionsOf(steps);
    const quarter = Math.floor(decisions.length / 4);
    const [learnsFirst, forgetsFirst] = meanScales(decisions.slice(0, quarter)) as [number, number];
    const [learnsLast, forgetsLast] = meanScales(decisions.slice(-quarter)) as [number, number];
    expect(Math.abs(learnsFirst - 0.5)).toBeLessThan(0.06);
    expect(Math.abs(forgetsFirst - 0.5)).toBeLessThan(0.06);
    expect(learnsLast).toBeGreaterThan(0.5 + margin);
    expect(forgetsLast).toBeLessThan(0.5 - margin);
    dispose(run);
  });
});

describe('meta-training', () => {
  it('spends its budget in episodes, each beginning with a window at scale 1', () => {
    const meta = createMetaTrainer(small);
    let run = startToyRun(meta, 0);
    const resets: number[] = [];
    const decisions: MetaDecision[] = [];
    let iterations = 0;
    for (; !run.state.plain.done; iterations++) {
      if (meta.needsReset(run.state)) {
        resets.push(iterations);
        expect(run.state.plain.loop.scales).toEqual({ learns: 1, forgets: 1 });
        expect(run.state.plain.hidden).toEqual(zeroHidden());
      }
      const next = advance(meta, run);
      if (next.step.decision) decisions.push(next.step.decision);
      run = next.run;
    }
    expect(iterations).toBe(5 * 9);
    expect(resets).toEqual([0, 18, 36]);
    expect(decisions.map(({ index }) => index)).toEqual(decisions.map((_, i) => i));
    expect(run.state.plain.decisions).toBe(decisions.length);
    for (const [episode, epochs] of [2, 2, 1].entries()) {
      const starts = planWindows(epochs, 9, small.window).flatMap((window) =>
        window.decided ? [window.start] : [],
      );
      const mine = decisions.filter((decision) => decision.episode === episode);
      expect(mine.map(({ iteration }) => iteration)).toEqual(starts);
    }
    expect(run.state.plain.updates).toBe(Math.floor(decisions.length / 3));
    const { statistics } = toyStep(run.toy, { learns: 1, forgets: 1 });
    expect(() => meta.record(run.state, statistics)).toThrow(/training is over/);
    expect(meta.needsReset(run.state)).toBe(false);
    dispose(run);
  });

  it.each<['own' | 'next', number]>([
    ['own', 0],
    ['next', 1],
  ])('rewards a decision by the drop of the mean loss: %s', (rewardWindow, delay) => {
    const meta = createMetaTrainer({ ...small, epochs: 2, rollout: 100, rewardWindow });
    const { run, steps } = finishToyRun(meta, startToyRun(meta, 1));
    const means = steps.flatMap(({ window }) => (window ? [window.loss] : []));
    const { transitions } = run.state.plain.rollout;
    const decisions = decisionsOf(steps);
    expect(transitions).toHaveLength(decisions.length - delay);
    transitions.forEach((transition, t) => {
      expect(transition.actions).toEqual(decisions[t]!.actions);
      expect(transition.observation).toEqual(decisions[t]!.observation);
      expect(transition.reward).toBe(means[t + delay]! - means[t + 1 + delay]!);
      expect(transition.episodeStart).toBe(t === 0);
    });
    expect(steps.flatMap(({ reward }) => reward ?? [])).toEqual(transitions.map(({ reward }) => reward));
    dispose(run);
  });

  it('shows the policy the means of the last window and the scales then in force', () => {
    const meta = createMetaTrainer({ ...small, window: { growth: 'constant', minimum: 3 } });
    let run = startToyRun(meta, 0);
    let decision: MetaDecision | undefined;
    let window = windowStatistics.init();
    for (let i = 0; i < 3; i++) {
      window = windowStatistics.update(
        window,
        toyStep(run.toy, { learns: 1, forgets: 1 }).statistics,
        i / 18,
      );
      const next = advance(meta, run);
      ({ decision } = next.step);
      run = next.run;
    }
    const { taskLoss, progress, classifierMean, classifierStd } = windowStatistics.finish(window);
    expect(decision!.observation).toEqual([taskLoss, 0, progress, classifierMean, classifierStd, 1, 1]);
    expect(run.state.plain.loop.scales).toEqual(decision!.scales);
    dispose(run);
  });

  it.each<[string, Partial<MetaTrainerOptions>, number[]]>([
    ['an episode', {}, [0.5 / 18, 0.5 / 18]],
    ['the run', { progress: 'run' }, [0.5 / 45, 18.5 / 45]],
    ['a longer training', { progressEpochs: 30 }, [0.5 / 270, 0.5 / 270]],
  ])('counts progress over %s', (_, extra, expected) => {
    const meta = createMetaTrainer({ ...small, ...extra });
    const { run, steps } = finishToyRun(meta, startToyRun(meta, 0));
    const firsts = decisionsOf(steps).filter(({ iteration }) => iteration === 2);
    firsts.slice(0, 2).forEach((decision, i) => {
      expect(Math.abs(decision.observation[2]! - expected[i]!)).toBeLessThan(1e-12);
    });
    dispose(run);
  });

  it('carries the hidden state on, or never', () => {
    for (const carryHidden of [true, false]) {
      const meta = createMetaTrainer({ ...small, carryHidden, epochs: 2, rollout: 100 });
      const { run, steps } = finishToyRun(meta, startToyRun(meta, 0));
      expect(decisionsOf(steps).length).toBeGreaterThan(3);
      expect(run.state.plain.rollout.hidden).toEqual(zeroHidden());
      dispose(run);
      const half = createMetaTrainer({ ...small, carryHidden, epochs: 2 });
      let under = startToyRun(half, 0);
      for (let i = 0; i < 13; i++) under = advance(half, under).run;
      expect(under.state.plain.hidden.h.some((value) => value !== 0)).toBe(carryHidden);
      dispose(under);
    }
  });

  it('does the same with whole windows as with their iterations', () => {
    const meta = createMetaTrainer(small);
    const { run: byIteration } = finishToyRun(meta, startToyRun(meta, 4));
    let state = meta.init(createRng(4));
    let toy = freshToy;
    while (!state.plain.done) {
      if (meta.needsReset(state)) toy = freshToy;
      let window = windowStatistics.init();
      const { iteration, end, scales } = state.plain.loop;
      for (let i = iteration; i < end; i++) {
        const step = toyStep(toy, scales);
        window = windowStatistics.update(window, step.statistics, i / 18);
        toy = step.toy;
      }
      const next = meta.observe(state, windowStatistics.finish(window));
      releaseMetaState(state, next.state);
      state = next.state;
    }
    expect(bitsOf(state.policy)).toEqual(bitsOf(byIteration.state.policy));
    expect(state.plain.rng).toEqual(byIteration.state.plain.rng);
    dispose(byIteration);
    dispose({ state, toy });
  });

  it('does not mix a whole window with iterations recorded', () => {
    const meta = createMetaTrainer(small);
    const start = startToyRun(meta, 0);
    const { run, step } = advance(meta, start);
    expect(step.window).toBeUndefined();
    const { statistics } = toyStep(run.toy, run.state.plain.loop.scales);
    const window = windowStatistics.finish(windowStatistics.update(windowStatistics.init(), statistics, 0));
    expect(() => meta.observe(run.state, window)).toThrow(/one by one/);
    dispose(run);
  });

  it('leaves as many tensors as it began with', () => {
    const meta = createMetaTrainer(small);
    const start = startToyRun(meta, 0);
    const before = tf.memory().numTensors;
    const { run } = finishToyRun(meta, start);
    expect(run.state.plain.updates).toBeGreaterThan(2);
    expect(tf.memory().numTensors).toBe(before);
    dispose(run);
  });

  it('goes on from a policy given', () => {
    const meta = createMetaTrainer({ ...small, ...releasedMetaOptions, epochs: 2 });
    const { run } = finishToyRun(meta, startToyRun(meta, 0));
    const again = meta.init(createRng(1), run.state.policy);
    expect(again.policy).toBe(run.state.policy);
    disposeParams(again.optimizer);
    dispose(run);
  });

  it('stops where the network has diverged', () => {
    const meta = createMetaTrainer({ ...small, window: { growth: 'constant', minimum: 1 } });
    const run = startToyRun(meta, 0);
    const { statistics } = toyStep(freshToy, { learns: 1, forgets: 1 });
    expect(() => meta.record(run.state, { ...statistics, loss: Number.NaN })).toThrow(/diverged/);
    expect(() => meta.record(run.state, { ...statistics, taskLoss: Infinity })).toThrow(/"taskLoss"/);
    dispose(run);
  });

  it('checks its options', () => {
    const wrong: Partial<MetaTrainerOptions>[] = [
      { groups: [] },
      { groups: ['a', 'a'] },
      { rollout: 0 },
      { earlyStop: 1.5 },
      { epochs: 0 },
      { iterationsPerEpoch: -1 },
      { progressEpochs: 0 },
      { learningRate: 0 },
      { window: { minimum: 0 } },
      { rewardWindow: 'last' as 'own' },
      { progress: 'all' as 'run' },
    ];
    for (const options of wrong) {
      expect(() => createMetaTrainer({ ...small, ...options }), JSON.stringify(options)).toThrow(UserError);
    }
    const { policy, optimizer } = createMetaTrainer({ ...small, groups: ['a', 'b', 'c'] }).init(createRng(0));
    expect(() => createMetaTrainer(small).init(createRng(0), policy)).toThrow(/another number of groups/);
    disposeParams(policy);
    disposeParams(optimizer);
  });
});

describe('a meta-training restored', () => {
  it.each<['own' | 'next']>([['own'], ['next']])(
    'from any iteration, at a decision or inside a window, ends with the same bits (%s)',
    (rewardWindow) => {
      const meta = createMetaTrainer({ ...small, epochs: 3, rewardWindow });
      let run = startToyRun(meta, 9);
      const saved: { text: string; toy: ToyRun['toy'] }[] = [];
      while (!run.state.plain.done) {
        saved.push({ text: stored(run.state), toy: run.toy });
        run = advance(meta, run).run;
      }
      const last = stored(run.state);
      dispose(run);
      const middle = saved.filter(({ text }) => JSON.parse(text).plain.loop.window.iterations > 0);
      expect(middle.length).toBeGreaterThan(10);
      for (const { text, toy } of saved) {
        expect(stored(restored(text))).toBe(text);
        const { run: again } = finishToyRun(meta, { state: restored(text), toy });
        expect(stored(again.state)).toBe(last);
        dispose(again);
      }
    },
  );
});
