import {
  cloneParams,
  createRng,
  disposeParams,
  type FunctionRegularizer,
  type GroupRates,
  type ParameterRegularizer,
  type Params,
  sgd,
  tf,
  UserError,
} from '@syn2real/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyBatch, tinyGuidance, tinyPath, tinySetup } from '../__fixtures__/tiny.js';
import type { StepParts } from './parts.js';
import { groupRates, trainedGroups } from './rates.js';
import { disposeTrainState, initTrainState, stateTensors, type TrainState } from './state.js';
import type { LabelledBatch } from './task.js';
import { disposeRecords, teacherRecords } from './teacher.js';
import { trainStep } from './train-step.js';

const rates: GroupRates = { conv1: 0.05, conv2: 0.1, fc_new: 0.2 };
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

async function values(tensors: Params): Promise<Record<string, number[]>> {
  const read: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(tensors)) read[name] = Array.from(await tensor.data());
  return read;
}

function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>, tolerance = 1e-5) {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, list] of Object.entries(expected)) {
    list.forEach((value, i) => {
      expect(Math.abs(actual[name]![i]! - value), `${name}[${i}]`).toBeLessThan(tolerance);
    });
  }
}

describe('trainStep', () => {
  it('lowers the task loss when it is the only term', async () => {
    let state = initTrainState(setup.parts, setup.params);
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const result = await trainStep(setup.parts, state, { batch, rates });
      state = result.state;
      losses.push(result.losses.total);
      expect(result.losses.task).toBe(result.losses.total);
      expect(result.losses.regularizers).toEqual({});
    }
    expect(state.step).toBe(30);
    expect(losses[29]!).toBeLessThan(losses[0]! / 2);
    disposeTrainState(state);
  });

  it('steps against the finite-difference gradient of the whole loss', async () => {
    const functionRegularizers = [tinyGuidance];
    const parameterRegularizers = [tinyPath];
    const parts: StepParts<LabelledBatch> = {
      ...setup.parts,
      optimizer: sgd(setup.parts.groupOf, { momentum: 0 }),
      functionRegularizers,
      parameterRegularizers,
    };
    const teacher = teacherRecords({ ...setup.teacher, regularizers: functionRegularizers }, batch.images);
    const prepared = await tinyPath.prepare(setup.params);
    const shifted: Params = Object.fromEntries(
      Object.entries(setup.params).map(([name, p]) => [name, p.add(0.3)]),
    );
    const kept = Object.fromEntries(Object.entries(shifted).map(([name, p]) => [name, p.clone()]));
    const anchor = Object.fromEntries(Object.entries(prepared).map(([name, p]) => [name, p.clone()]));
    const start = await values(kept);
    const total = async (params: Params): Promise<number> => {
      const loss = tf.tidy(() => {
        const features = setup.parts.network.apply(params, setup.parts.buffers, batch.images, ['pool']);
        return setup.parts.task
          .loss(params, features, batch)
          .add(tinyGuidance.loss(features, teacher.guidance!, setup.teacher.oldHead).mul(tinyGuidance.weight))
          .add(tinyPath.penalty(params, anchor));
      });
      const [value] = await loss.data();
      loss.dispose();
      return value!;
    };
    const state = initTrainState(parts, shifted, { path: prepared });
    const one = { conv1: 1, conv2: 1, fc_new: 1 };
    const { state: next, losses } = await trainStep(parts, state, { batch, rates: one, teacher });
    expect(losses.total).toBeCloseTo(await total(kept), 4);
    expect(losses.total).toBeCloseTo(
      losses.task + 0.5 * losses.regularizers.guidance! + losses.regularizers.path!,
      5,
    );
    const after = await values(next.params);
    const rng = createRng(5);
    for (const [name, { shape, size }] of Object.entries(kept)) {
      const index = rng.integer(size);
      const nudged = async (by: number): Promise<number> => {
        const moved = Float32Array.from(start[name]!);
        moved[index] = moved[index]! + by;
        const tensor = tf.tensor(moved, shape);
        const value = await total({ ...kept, [name]: tensor });
        tensor.dispose();
        return value;
      };
      const slope = ((await nudged(0.01)) - (await nudged(-0.01))) / 0.02;
      expect(start[name]![index]! - after[name]![index]!, `${name}[${index}]`).toBeCloseTo(slope, 2);
    }
    disposeTrainState(next);
    disposeRecords(teacher);
    tf.dispose([kept, anchor, setup.params]);
  });

  it('gives no gradient to frozen groups, nor decays them, and keeps their very tensors', async () => {
    const state = initTrainState(setup.parts, setup.params);
    const before = await values(state.params);
    const seen: string[][] = [];
    const parts: StepParts<LabelledBatch> = {
      ...setup.parts,
      trained: ['fc_new'],
      optimizer: {
        ...setup.parts.optimizer,
        update(grads, ...rest) {
          seen.push(Object.keys(grads).sort());
          return setup.parts.optimizer.update(grads, ...rest);
        },
      },
    };
    const conv = state.params['conv1.weight'];
    const { state: next } = await trainStep(parts, state, { batch, rates });
    expect(seen).toEqual([['fc_new.bias', 'fc_new.weight']]);
    expect(next.params['conv1.weight']).toBe(conv);
    expect(conv!.isDisposed).toBe(false);
    const after = await values(next.params);
    expect(after['conv2.weight']).toEqual(before['conv2.weight']);
    expect(after['fc_new.weight']).not.toEqual(before['fc_new.weight']);
    disposeTrainState(next);
  });

  it('can train nothing at all, and still says what the loss is', async () => {
    const state = initTrainState(setup.parts, setup.params);
    const { state: next, losses } = await trainStep({ ...setup.parts, trained: [] }, state, { batch, rates });
    expect(losses.task).toBeGreaterThan(0);
    expect(next.params).toEqual(state.params);
    disposeTrainState(next);
  });

  it('keeps momentum going in a group whose controller says 0', async () => {
    let state = initTrainState(setup.parts, setup.params);
    ({ state } = await trainStep(setup.parts, state, { batch, rates }));
    const before = await values(state.params);
    const momentum = await values(state.optimizer);
    ({ state } = await trainStep(setup.parts, state, { batch, rates: { ...rates, conv1: 0 } }));
    const after = await values(state.params);
    const coasted = before['conv1.weight']!.map((value, i) => value - 0.9 * momentum['conv1.weight']![i]!);
    expectClose({ w: after['conv1.weight']! }, { w: coasted }, 1e-6);
    disposeTrainState(state);
  });

  it('hands afterStep the gradient of the task alone, however the step is made', async () => {
    const seen: Record<string, number[]>[] = [];
    const spy: ParameterRegularizer = {
      ...tinyPath,
      afterStep(step, state) {
        const copies = Object.fromEntries(
          Object.entries(step.taskGrads).map(([name, grad]) => [name, tf.keep(grad.clone())]),
        );
        pending.push(copies);
        return state;
      },
    };
    const pending: Params[] = [];
    const teacherOf = (regularizers: readonly FunctionRegularizer[]) =>
      teacherRecords({ ...setup.teacher, regularizers }, batch.images);
    for (const functionRegularizers of [[], [tinyGuidance]]) {
      const params = Object.fromEntries(Object.entries(setup.params).map(([name, p]) => [name, p.mul(1.5)]));
      const parts = { ...setup.parts, functionRegularizers, parameterRegularizers: [spy] };
      const teacher = teacherOf(functionRegularizers);
      const state = initTrainState(parts, params, { path: await spy.prepare(setup.params) });
      const { state: next, losses } = await trainStep(parts, state, { batch, rates, teacher });
      expect(Object.keys(losses.regularizers)).toEqual([
        ...functionRegularizers.map(({ name }) => name),
        'path',
      ]);
      disposeTrainState(next);
      disposeRecords(teacher);
    }
    for (const grads of pending) {
      seen.push(await values(grads));
      tf.dispose(grads as Record<string, tf.Tensor>);
    }
    expectClose(seen[1]!, seen[0]!, 1e-6);
    expect(Object.keys(seen[0]!).sort()).toEqual(Object.keys(setup.params).sort());
    tf.dispose(setup.params as Record<string, tf.Tensor>);
  });

  it('is the same with the losses in one pass or the task apart', async () => {
    const watching: ParameterRegularizer = { ...tinyPath, afterStep: (_, state) => state };
    const blind: ParameterRegularizer = { ...tinyPath, afterStep: undefined };
    const results: Record<string, number[]>[] = [];
    for (const regularizer of [watching, blind]) {
      const params = Object.fromEntries(Object.entries(setup.params).map(([n, p]) => [n, p.mul(1.1)]));
      const parts = {
        ...setup.parts,
        functionRegularizers: [tinyGuidance],
        parameterRegularizers: [regularizer],
      };
      const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
      const state = initTrainState(parts, params, { path: await tinyPath.prepare(setup.params) });
      const { state: next } = await trainStep(parts, state, { batch, rates, teacher });
      results.push(await values(next.params));
      disposeTrainState(next);
      disposeRecords(teacher);
    }
    expectClose(results[0]!, results[1]!, 1e-6);
    tf.dispose(setup.params as Record<string, tf.Tensor>);
  });

  it('holds the same number of tensors after every step', async () => {
    const parts = { ...setup.parts, functionRegularizers: [tinyGuidance], parameterRegularizers: [tinyPath] };
    let state = initTrainState(parts, setup.params, { path: await tinyPath.prepare(setup.params) });
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
      ({ state } = await trainStep(parts, state, { batch, rates, teacher }));
      disposeRecords(teacher);
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
    const live = new Set(stateTensors(state)).size;
    disposeTrainState(state);
    expect(counts[0]! - tf.memory().numTensors).toBe(live);
  });
});

describe('what is observed of a step', () => {
  it('is read with the losses, and leaves nothing behind', async () => {
    const parts: StepParts<LabelledBatch> = {
      ...setup.parts,
      trained: ['fc_new'],
      optimizer: sgd(setup.parts.groupOf, { momentum: 0, weightDecay: 0.1 }),
      observe: ({ grads, before, after }) => ({
        bias: grads['fc_new.bias']!,
        moved: after['fc_new.bias']!.sub(before['fc_new.bias']!),
        names: tf.scalar(Object.keys(grads).length, 'int32'),
        weight: after['fc_new.weight']!,
      }),
    };
    const state = initTrainState(parts, setup.params);
    const before = await values(state.params);
    const count = tf.memory().numTensors;
    const { state: next, observed, losses } = await trainStep(parts, state, { batch, rates });
    expect(tf.memory().numTensors).toBe(count);
    expect(losses.task).toBeGreaterThan(0);
    expect(Object.keys(observed)).toEqual(['bias', 'moved', 'names', 'weight']);
    expect(Array.from(observed.weight!)).toEqual((await values(next.params))['fc_new.weight']);
    expect(Array.from(observed.names!)).toEqual([2]);
    const expected = Array.from(observed.bias!, (g, i) => -0.2 * (g + 0.1 * before['fc_new.bias']![i]!));
    expectClose({ moved: Array.from(observed.moved!) }, { moved: expected }, 1e-6);
    expect(Math.abs(observed.bias!.reduce((sum, g) => sum + g, 0))).toBeLessThan(1e-6);
    disposeTrainState(next);
  });
});

describe('in place', () => {
  it('gives the same bits', async () => {
    const parts = { ...setup.parts, parameterRegularizers: [tinyPath] };
    const after = async (inPlace: boolean) => {
      const path = await tinyPath.prepare(setup.params);
      let state = initTrainState(parts, cloneParams(setup.params), { path });
      const losses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const result = await trainStep(parts, state, { batch, rates, inPlace });
        state = result.state;
        losses.push(result.losses.total);
      }
      const read = [await values(state.params), await values(state.optimizer), losses];
      disposeTrainState(state);
      return read;
    };
    expect(await after(true)).toEqual(await after(false));
    disposeParams(setup.params);
  });
});

describe('a loss that is not finite', () => {
  const broken = (value: number): FunctionRegularizer => ({
    ...tinyGuidance,
    loss: ({ pool }) => pool!.sum().mul<tf.Scalar>(0).add<tf.Scalar>(tf.scalar(value)),
  });

  async function expectUntouched(
    parts: StepParts<LabelledBatch>,
    poison: (state: TrainState) => TrainState,
    leakFree = true,
  ) {
    const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
    let state = initTrainState(parts, setup.params, { path: await tinyPath.prepare(setup.params) });
    state = poison(state);
    const before = await values(state.params);
    const count = tf.memory().numTensors;
    const failure = await trainStep(parts, state, { batch, rates, teacher }).catch((error: unknown) => error);
    // TensorFlow.js itself holds on to what it saved for a backward pass that never came
    if (leakFree) expect(tf.memory().numTensors).toBe(count);
    expect(await values(state.params)).toEqual(before);
    for (const tensor of stateTensors(state)) expect(tensor.isDisposed).toBe(false);
    disposeTrainState(state);
    disposeRecords(teacher);
    return failure instanceof UserError ? `exit ${failure.parts.exitCode}: ${failure}` : String(failure);
  }

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'names the regularizer (%d) and changes nothing',
    async (value) => {
      const parts = {
        ...setup.parts,
        functionRegularizers: [broken(value)],
        parameterRegularizers: [tinyPath],
      };
      const message = await expectUntouched(parts, (state) => ({ ...state, step: 41 }));
      expect(message).toMatch(/^exit 3: .*loss of step 42 is not finite/);
      expect(message).toContain(`"guidance" = ${value}`);
      expect(message).not.toContain('task loss =');
    },
  );

  it('names the task where the parameters are damaged', async () => {
    const parts = { ...setup.parts, parameterRegularizers: [tinyPath] };
    const message = await expectUntouched(parts, (state) => {
      const good = state.params['fc_new.weight']!;
      const bad = good.mul(Number.NaN);
      good.dispose();
      return { ...state, params: { ...state.params, 'fc_new.weight': bad } };
    });
    expect(message).toMatch(/the task loss = NaN/);
    expect(message).toMatch(/"path" = NaN/);
  });

  it('leaves the state as it was where a term throws', async () => {
    const parts: StepParts<LabelledBatch> = {
      ...setup.parts,
      functionRegularizers: [
        {
          ...tinyGuidance,
          loss() {
            throw new Error('no such feature');
          },
        },
      ],
      parameterRegularizers: [tinyPath],
    };
    expect(await expectUntouched(parts, (state) => state, false)).toMatch(/no such feature/);
  });

  it('in place leaves no state, and no tensor', async () => {
    const parts = { ...setup.parts, functionRegularizers: [broken(Number.NaN)] };
    const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
    const state = initTrainState(parts, setup.params);
    const count = tf.memory().numTensors - new Set(stateTensors(state)).size;
    const step = trainStep(parts, state, { batch, rates, teacher, inPlace: true });
    await expect(step).rejects.toThrow(/not finite/);
    expect(tf.memory().numTensors).toBe(count);
    for (const tensor of stateTensors(state)) expect(tensor.isDisposed).toBe(true);
    disposeRecords(teacher);
  });

  it('says that a record of the teacher is missing, or the old head', async () => {
    const state = initTrainState(setup.parts, setup.params);
    const parts = { ...setup.parts, functionRegularizers: [tinyGuidance] };
    await expect(trainStep(parts, state, { batch, rates })).rejects.toThrow(/no record .* "guidance"/);
    const teacher = teacherRecords({ ...setup.teacher, regularizers: [tinyGuidance] }, batch.images);
    await expect(
      trainStep({ ...parts, oldHead: undefined }, state, { batch, rates, teacher }),
    ).rejects.toThrow(/pass oldHead/);
    disposeRecords(teacher);
    disposeTrainState(state);
  });
});

describe('rates', () => {
  it('multiply base, schedule and controller', () => {
    expect(groupRates({ a: 2, b: 3, c: 0 }, 0.5, { a: 10 })).toEqual({ a: 10, b: 1.5, c: 0 });
    expect(trainedGroups({ a: 2, b: 0, c: 1e-9 })).toEqual(['a', 'c']);
  });
});
