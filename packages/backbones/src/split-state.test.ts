import { createRng, disposeParams, isUserError, tf } from '@syn2real/core';
import { fromFloat32, parseSafetensors, serializeSafetensors, toFloat32StateDict } from '@syn2real/weights';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asgHead, oldHead } from './heads.js';
import { createBackbone } from './registry.js';
import { expectedState, loadStateDict, toStateDict } from './state-dict.js';
import { firstDifference, floats } from './testing/backend.js';
import { hashWeight } from './testing/hash-tensor.js';
import { fromTorchLayout, type TorchTensor, torchShape, toTorchLayout } from './torch-layout.js';

const backbone = createBackbone('resnet10-28');
const old = oldHead(256, 242);

function hashedState(): Record<string, TorchTensor> {
  const shapes = Object.entries(expectedState(backbone, [old]));
  return Object.fromEntries(shapes.map(([name, shape]) => [name, hashWeight(name, shape)]));
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(isUserError(error)).toBe(true);
    return String(error);
  }
  return expect.unreachable();
}

describe('state dicts', () => {
  it('load by name whatever their order, and come back as they were', async () => {
    const before = tf.memory().numTensors;
    const state = hashedState();
    const shuffled = Object.fromEntries(Object.entries(state).reverse());
    shuffled['bn1.num_batches_tracked'] = { shape: [], data: new Float32Array([7]) };
    const { params, buffers, heads } = loadStateDict(backbone, [old], shuffled);
    expect(params['layer1.0.downsample.0.weight']!.shape).toEqual([1, 1, 32, 32]);
    const kernel = state['layer2.0.conv1.weight']!;
    const at = (o: number, i: number, y: number, x: number) => kernel.data[((o * 32 + i) * 3 + y) * 3 + x];
    const value = params['layer2.0.conv1.weight']!.slice([2, 0, 5, 9], [1, 1, 1, 1]);
    expect((await floats(value))[0]).toBe(at(9, 5, 2, 0));
    const back = await toStateDict(params, buffers, heads.fc!);
    expect(Object.keys(back).sort()).toEqual(Object.keys(state).sort());
    for (const [name, tensor] of Object.entries(state)) {
      expect(back[name]!.shape, name).toEqual(tensor.shape);
      expect(firstDifference(back[name]!.data, tensor.data), name).toBe(-1);
    }
    for (const record of [params, buffers, heads.fc!]) disposeParams(record);
    value.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('go through a safetensors file and back', async () => {
    const { params, buffers } = backbone.init(createRng(2));
    const state = await toStateDict(params, buffers);
    const file = serializeSafetensors(
      Object.fromEntries(Object.entries(state).map(([name, t]) => [name, fromFloat32(t.data, t.shape)])),
    );
    const loaded = loadStateDict(backbone, [], toFloat32StateDict(parseSafetensors(file).tensors));
    for (const [name, tensor] of Object.entries({ ...params, ...buffers })) {
      const back = { ...loaded.params, ...loaded.buffers }[name]!;
      expect(back.shape, name).toEqual(tensor.shape);
      expect(firstDifference(await floats(back), await floats(tensor)), name).toBe(-1);
    }
    for (const record of [params, buffers, loaded.params, loaded.buffers]) disposeParams(record);
  });

  it('leave aside only what they are told to', () => {
    const state = hashedState();
    const loaded = loadStateDict(backbone, [], state, { ignore: ['fc.'] });
    expect(loaded.heads).toEqual({});
    disposeParams(loaded.params);
    disposeParams(loaded.buffers);
    const message = messageOf(() => loadStateDict(backbone, [], state));
    expect(message).toContain('none missing; 2 unexpected ("fc.weight", "fc.bias")');
  });

  it('of another architecture: the first missing and unexpected tensors are named', () => {
    const resnet18 = createBackbone('resnet18');
    const message = messageOf(() => loadStateDict(resnet18, [], hashedState()));
    expect(message).toContain('not those of resnet18');
    expect(message).toContain('"layer1.1.conv1.weight"');
    expect(message).toContain('"layer1.0.downsample.0.weight"');
  });

  it('of another number of classes: the tensor and both shapes are named', () => {
    const message = messageOf(() => loadStateDict(backbone, [oldHead(256, 1000)], hashedState()));
    expect(message).toContain('"fc.weight"');
    expect(message).toContain('[242, 256]');
    expect(message).toContain('[1000, 256]');
  });

  it('damaged anyhow: a user error, and no tensor left behind', () => {
    const state = hashedState();
    const names = Object.keys(state);
    const damage = fc.record({
      name: fc.constantFrom(...names),
      kind: fc.constantFrom('drop', 'rename', 'truncate', 'grow', 'transpose'),
    });
    const before = tf.memory().numTensors;
    fc.assert(
      fc.property(damage, ({ name, kind }) => {
        const { shape, data } = state[name]!;
        const damaged = { ...state };
        delete damaged[name];
        if (kind === 'rename') damaged[`module.${name}`] = { shape, data };
        if (kind === 'truncate') damaged[name] = { shape, data: data.subarray(1) };
        if (kind === 'grow') damaged[name] = { shape: [1, ...shape], data };
        if (kind === 'transpose') damaged[name] = { shape: [...shape, 1], data };
        expect(messageOf(() => loadStateDict(backbone, [old], damaged))).toContain(name);
      }),
      { numRuns: 60 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("holds an ASG checkpoint's both heads", () => {
    const shapes = expectedState(backbone, [old, asgHead(256, 10)]);
    expect(shapes['fc_new.0.weight']).toEqual([512, 256]);
    expect(shapes['conv1.weight']).toEqual([32, 3, 3, 3]);
    expect(Object.keys(shapes).some((name) => name.endsWith('num_batches_tracked'))).toBe(false);
  });

  it('a fresh network saves under the names that it expects', async () => {
    const { params, buffers } = backbone.init(createRng(0));
    const state = await toStateDict(params, buffers);
    expect(Object.fromEntries(Object.entries(state).map(([k, v]) => [k, v.shape]))).toEqual(
      expectedState(backbone),
    );
    disposeParams(params);
    disposeParams(buffers);
  });
});

describe('layouts', () => {
  it('agree with tf.transpose, and there is a way back', async () => {
    const shape = [4, 3, 2, 5];
    const data = Float32Array.from({ length: 120 }, (_, i) => i);
    const moved = tf.tensor(data, shape).transpose([2, 3, 1, 0]);
    expect(fromTorchLayout({ shape, data })).toEqual(await floats(moved));
    expect(torchShape(moved.shape)).toEqual(shape);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 4 }), (tfShape) => {
        const size = tfShape.reduce((product, n) => product * n, 1);
        const values = Float32Array.from({ length: size }, (_, i) => i);
        const there = toTorchLayout(values, tfShape);
        expect(fromTorchLayout({ shape: torchShape(tfShape), data: there })).toEqual(values);
      }),
    );
  });
});
