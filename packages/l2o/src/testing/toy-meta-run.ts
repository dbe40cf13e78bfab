import { createRng } from '@syn2real/core';
import { type MetaState, type MetaStep, releaseMetaState } from '../meta/state.js';
import type { MetaTrainer } from '../meta/trainer.js';
import { freshToy, type Toy, toyStep } from './toy-optimizee.js';

/** A meta-training under way, with the network that it trains. */
export interface ToyRun {
  state: MetaState;
  toy: Toy;
}

/** A meta-training on the toy before its first iteration. */
export function startToyRun(meta: MetaTrainer, seed: number): ToyRun {
  return { state: meta.init(createRng(seed)), toy: freshToy };
}

/** One iteration; the tensors of the state before are disposed where an update has replaced them. */
export function advance(meta: MetaTrainer, run: ToyRun): { run: ToyRun; step: MetaStep } {
  const before = meta.needsReset(run.state) ? freshToy : run.toy;
  const { toy, statistics } = toyStep(before, run.state.plain.loop.scales);
  const step = meta.record(run.state, statistics);
  releaseMetaState(run.state, step.state);
  return { run: { state: step.state, toy }, step };
}

/** Runs to the end of the budget. The tensors of the last state are the caller's. */
export function finishToyRun(meta: MetaTrainer, start: ToyRun): { run: ToyRun; steps: MetaStep[] } {
  const steps: MetaStep[] = [];
  let run = start;
  while (!run.state.plain.done) {
    const next = advance(meta, run);
    steps.push(next.step);
    run = next.run;
  }
  return { run, steps };
}
