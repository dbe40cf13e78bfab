import { cloneParams, createRng, type GroupRates, type Params, sgd, tf } from '@syn2real/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyBatch, tinyGuidance, tinyPath, tinySetup } from '../__fixtures__/tiny.js';
import type { StepParts } from './parts.js';
import { disposeTrainState, initTrainState, type TrainState } from './state.js';
import type { LabelledBatch } from './task.js';
import { disposeRecords, type TeacherRecords, teacherRecords } from './teacher.js';
import { createTeacherCache } from './teacher-cache.js';
import { trainStep } from './train-step.js';

let setup: ReturnType<typeof tinySetup>;
let batch: LabelledBatch;

beforeEach(() => {
  setup = tinySetup(createRng(1));
  batch = tinyBatch([0, 1, 2, 3, 4], createRng(2));
});
afterEach(() => {
  setup.dispose();
  tf.dispose(batch as unknown as tf.TensorContainer);
});

/** Trains one step for each of the rates; gives the kernels of the last one and all that came of it. */
async function train(
  parts: StepParts<LabelledBatch>,
  steps: readonly GroupRates[],
  teacher?: TeacherRecords,
) {
  let state: TrainState = initTrainState(parts, cloneParams(setup.params));
  let kernels: readonly string[] = [];
  for (const rates of steps) {
    const input = { batch, rates, ...(teacher === undefined ? {} : { teacher }) };
    const { kernelNames } = await tf.profile(async () => {
      state = (await trainStep(parts, state, input)).state;
      return [];
    });
    kernels = kernelNames;
  }
  const values = { ...state.params, ...prefixed('optimizer/', state.optimizer) };
  const bits = Object.fromEntries(
    Object.entries(values).map(([name, t]) => [name, Array.from(t.dataSync())]),
  );
  disposeTrainState(state);
  return { bits, kernels, ran: (kernel: string) => kernels.includes(kernel) };
}

const prefixed = (prefix: string, params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [prefix + name, tensor]));

type Rates = Record<'conv1' | 'conv2' | 'fc_new', number>;
const moving: Rates = { conv1: 0.05, conv2: 0.1, fc_new: 0.2 };
/** What observes gradients makes every trained group have one. */
const watched = (parts: StepParts<LabelledBatch>): StepParts<LabelledBatch> => ({
  ...parts,
  observe: ({ grads }) => ({ norms: tf.stack(Object.values(grads).map((grad) => grad.norm())) }),
});

describe('a group at rate 0', () => {
  it.each<[string, Rates]>([
    ['the lowest: no gradient of its kernel, none of the image above it', { ...moving, conv1: 0 }],
    ['one in the middle', { ...moving, conv2: 0 }],
    ['all but the head: no convolution is differentiated', { ...moving, conv1: 0, conv2: 0 }],
    ['all', { conv1: 0, conv2: 0, fc_new: 0 }],
  ])('%s', async (_, still) => {
    const saving = await train(setup.parts, [moving, still]);
    const whole = await train(watched(setup.parts), [moving, still]);
    expect(saving.bits).toEqual(whole.bits);
    expect(whole.ran('Conv2DBackpropInput')).toBe(true);
    expect(saving.ran('Conv2DBackpropInput')).toBe(still.conv1 > 0);
    expect(saving.ran('Conv2DBackpropFilter')).toBe(still.conv1 > 0 || still.conv2 > 0);
  });

  it('keeps its gradient where momentum gathers it, a path integral follows it, or somebody looks', async () => {
    const still = { ...moving, conv1: 0, conv2: 0 };
    const plain = await train({ ...setup.parts, optimizer: sgd(setup.parts.groupOf) }, [moving, still]);
    expect(plain.ran('Conv2DBackpropInput')).toBe(true);
    const parts = { ...setup.parts, parameterRegularizers: [tinyPath] };
    const prepared = await tinyPath.prepare(setup.params);
    let state = initTrainState(parts, cloneParams(setup.params), { path: prepared });
    const { kernelNames } = await tf.profile(async () => {
      state = (await trainStep(parts, state, { batch, rates: still })).state;
      return [];
    });
    expect(kernelNames).toContain('Conv2DBackpropInput');
    disposeTrainState(state);
    const unseen = { ...watched(setup.parts), observe: () => ({}), observesGradients: false };
    expect((await train(unseen, [moving, still])).ran('Conv2DBackpropFilter')).toBe(false);
  });
});

describe('a frozen prefix', () => {
  it('has no backward pass', async () => {
    const { kernels } = await train({ ...setup.parts, trained: ['conv2', 'fc_new'] }, [moving]);
    expect(kernels).not.toContain('Conv2DBackpropInput');
    expect(kernels).toContain('Conv2DBackpropFilter');
    const head = await train({ ...setup.parts, trained: ['fc_new'] }, [moving]);
    expect(head.kernels).not.toContain('Conv2DBackpropFilter');
  });
});

describe("the teacher's outputs, kept", () => {
  it('an epoch after the first has no teacher pass, and the same bits', async () => {
    const functionRegularizers = [tinyGuidance];
    let passes = 0;
    const teacher = {
      ...setup.teacher,
      regularizers: functionRegularizers,
      network: {
        apply: (...args: Parameters<typeof setup.teacher.network.apply>) => {
          passes++;
          return setup.teacher.network.apply(...args);
        },
      },
    };
    const parts = { ...setup.parts, functionRegularizers };
    const epochs = async (keeps: boolean) => {
      const cache = createTeacherCache({ images: 5 });
      let state = initTrainState(parts, cloneParams(setup.params));
      passes = 0;
      for (let epoch = 0; epoch < 3; epoch++) {
        const records =
          (keeps ? cache.get([0, 1, 2, 3, 4]) : undefined) ?? teacherRecords(teacher, batch.images);
        await cache.put([0, 1, 2, 3, 4], records);
        state = (await trainStep(parts, state, { batch, rates: moving, teacher: records })).state;
        disposeRecords(records);
      }
      const bits = Object.values(state.params).map((tensor) => Array.from(tensor.dataSync()));
      disposeTrainState(state);
      return { bits, passes };
    };
    const [kept, computed] = [await epochs(true), await epochs(false)];
    expect([kept.passes, computed.passes]).toEqual([1, 3]);
    expect(kept.bits).toEqual(computed.bits);
  });
});
