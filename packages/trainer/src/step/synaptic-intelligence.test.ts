import { createRng, type Params, tf } from '@syn2real/core';
import { type SiTrajectory, si } from '@syn2real/regularizers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyBatch, tinyGuidance, tinyNetwork, tinySetup } from '../__fixtures__/tiny.js';
import type { StepParts } from './parts.js';
import {
  disposeTrainState,
  initTrainState,
  stateFromGroups,
  stateGroups,
  stateTensors,
  type TrainState,
} from './state.js';
import type { LabelledBatch } from './task.js';
import { disposeRecords, teacherRecords } from './teacher.js';
import { trainStep } from './train-step.js';

const rates = { conv1: 0.05, conv2: 0.1, fc_new: 0.2 };
let setup: ReturnType<typeof tinySetup>;
let batch: LabelledBatch;

beforeEach(() => {
  setup = tinySetup(createRng(1));
  batch = tinyBatch([0, 1, 2, 3, 4], createRng(2));
});
afterEach(() => {
  setup.dispose();
  tf.dispose([batch.images, batch.labels]);
});

/** A run with momentum, weight decay, proxy guidance and SI on the backbone. */
async function start(trajectory: SiTrajectory) {
  const synapses = si({ weight: 5, trajectory });
  const parts: StepParts<LabelledBatch> = {
    ...setup.parts,
    functionRegularizers: [tinyGuidance],
    parameterRegularizers: [synapses],
  };
  const backbone = Object.fromEntries(
    Object.entries(setup.params).filter(([name]) => !name.startsWith('fc_new.')),
  );
  const state = initTrainState(parts, setup.params, { si: await synapses.prepare(backbone) });
  return { synapses, parts, state };
}

async function step(parts: StepParts<LabelledBatch>, state: TrainState) {
  const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
  const result = await trainStep(parts, state, { batch, rates, teacher });
  disposeRecords(teacher);
  return result;
}

async function values(tensors: Params): Promise<Record<string, Float32Array>> {
  const read: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) read[name] = Float32Array.from(await tensor.data());
  return read;
}

const bits = (read: Record<string, Float32Array>) =>
  Object.entries(read).map(([name, list]) => [name, ...new Uint32Array(list.buffer)]);

/** The gradient of the task's loss alone, by autodiff outside of the step. */
async function taskGradient(params: Params): Promise<Record<string, Float32Array>> {
  const names = Object.keys(params);
  const grads = tf.tidy(() =>
    tf.grads((...at: tf.Tensor[]) => {
      const current = Object.fromEntries(names.map((name, i) => [name, at[i]!]));
      const features = tinyNetwork.apply(current, setup.parts.buffers, batch.images, ['pool']);
      return setup.parts.task.loss(current, features, batch);
    })(names.map((name) => params[name]!)),
  );
  const read = await values(Object.fromEntries(names.map((name, i) => [name, grads[i]!])));
  tf.dispose(grads);
  return read;
}

describe('synaptic intelligence in the training step', () => {
  it("integrates the task's own gradient along the steps that were made, and nothing else's", async () => {
    const made = await start({ from: 'none' });
    let { state } = made;
    const wanted: Record<string, Float64Array> = {};
    for (let i = 0; i < 4; i++) {
      const [before, grads] = [await values(state.params), await taskGradient(state.params)];
      ({ state } = await step(made.parts, state));
      const after = await values(state.params);
      for (const [name, grad] of Object.entries(grads)) {
        const path = wanted[name] ?? new Float64Array(grad.length);
        wanted[name] = path;
        grad.forEach((g, at) => {
          path[at] = path[at]! - g * (after[name]![at]! - before[name]![at]!);
        });
      }
    }
    const read = await values(state.regularizers.si!);
    const paths = Object.keys(read).filter((key) => key.startsWith('path/'));
    expect(paths.sort()).toEqual(['path/conv1.weight', 'path/conv2.bias', 'path/conv2.weight']);
    for (const key of paths) {
      const path = wanted[key.slice('path/'.length)]!;
      read[key]!.forEach((value, at) => {
        expect(Math.abs(value - path[at]!), `${key}[${at}]`).toBeLessThan(1e-6);
      });
    }
    expect(Math.max(...read['path/conv2.weight']!)).toBeGreaterThan(1e-4);
    const consolidated = made.synapses.consolidate(state.params, state.regularizers.si!);
    const penalty = made.synapses.penalty(state.params, consolidated);
    expect((await penalty.data())[0]).toBe(0);
    tf.dispose([{ ...consolidated }, penalty]);
    disposeTrainState(state);
  });

  it('leaves the first pass unpenalised, then holds on, without a tensor more', async () => {
    const { parts, state: first } = await start({ from: 'first-pass', steps: 3 });
    let state = first;
    const penalties: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < 6; i++) {
      const result = await step(parts, state);
      state = result.state;
      penalties.push(result.losses.regularizers.si!);
      counts.push(tf.memory().numTensors);
    }
    expect(penalties.slice(0, 3)).toEqual([0, 0, 0]);
    for (const penalty of penalties.slice(3)) expect(penalty).toBeGreaterThan(0);
    expect(new Set(counts).size).toBe(1);
    const live = new Set(stateTensors(state)).size;
    disposeTrainState(state);
    expect(counts[0]! - tf.memory().numTensors).toBe(live);
  });

  it.each([1, 3, 4])('goes on bit by bit from a state saved after step %d', async (savedAfter) => {
    const { parts, state: first } = await start({ from: 'first-pass', steps: 3 });
    let state = first;
    let resumed: TrainState | undefined;
    for (let i = 1; i <= 6; i++) {
      ({ state } = await step(parts, state));
      if (i === savedAfter) {
        const groups: Record<string, Params> = {};
        for (const [group, tensors] of Object.entries(stateGroups(state))) {
          const read = await values(tensors);
          groups[group] = Object.fromEntries(
            Object.entries(tensors).map(([name, { shape }]) => [name, tf.tensor(read[name]!, shape)]),
          );
        }
        resumed = stateFromGroups(state.step, groups);
      } else if (resumed !== undefined) {
        ({ state: resumed } = await step(parts, resumed));
      }
    }
    for (const group of ['params', 'optimizer', 'regularizer']) {
      const [uninterrupted, continued] = [state, resumed!].map((end) => stateGroups(end)[group]!);
      expect(bits(await values(continued!))).toEqual(bits(await values(uninterrupted!)));
    }
    disposeTrainState(state);
    disposeTrainState(resumed!);
  });
});
