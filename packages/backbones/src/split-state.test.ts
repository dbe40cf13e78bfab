import { createRng, disposeParams, isUserError, type Params, tf } from '@syn2real/core';
import {
  checkStateDict,
  fromFloat32,
  fromInt64,
  parseSafetensors,
  type StateDict,
  serializeSafetensors,
  toFloat32,
  toParams,
  toStateDict,
} from '@syn2real/weights';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedState } from './expected-state.js';
import { asgHead, oldHead, type ShapedHead } from './heads.js';
import { createBackbone } from './registry.js';
import { splitState } from './split-state.js';
import { firstDifference, floats } from './testing/backend.js';
import { hashedStateDict } from './testing/torch.js';

const backbone = createBackbone('resnet10-28');
const old = oldHead(256, 242);

/** From a file's tensors to the parts of a network, as an application does it. */
function load(tensors: StateDict, heads: readonly ShapedHead[], network = backbone) {
  checkStateDict(expectedState(network, heads), tensors, { network: network.name });
  return splitState(network, heads, toParams(tensors));
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
    const state = hashedStateDict(backbone, [old]);
    const shuffled = Object.fromEntries(Object.entries(state).reverse());
    const { params, buffers, heads } = load({ ...shuffled, 'bn1.num_batches_tracked': fromInt64([7n], []) }, [
      old,
    ]);
    expect(params['layer1.0.downsample.0.weight']!.shape).toEqual([1, 1, 32, 32]);
    const kernel = toFloat32(state['layer2.0.conv1.weight']!);
    const at = (o: number, i: number, y: number, x: number) => kernel[((o * 32 + i) * 3 + y) * 3 + x];
    const value = params['layer2.0.conv1.weight']!.slice([2, 0, 5, 9], [1, 1, 1, 1]);
    expect((await floats(value))[0]).toBe(at(9, 5, 2, 0));
    const back = await toStateDict([params, buffers, heads.fc!]);
    expect(
      Object.keys(back)
        .filter((name) => !name.endsWith('num_batches_tracked'))
        .sort(),
    ).toEqual(Object.keys(state).sort());
    for (const [name, tensor] of Object.entries(state)) {
      expect(back[name]!.shape, name).toEqual(tensor.shape);
      expect(firstDifference(toFloat32(back[name]!), toFloat32(tensor)), name).toBe(-1);
    }
    for (const record of [params, buffers, heads.fc!]) disposeParams(record);
    value.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('go through a safetensors file and back', async () => {
    const { params, buffers } = backbone.init(createRng(2));
    const file = serializeSafetensors(await toStateDict([params, buffers]));
    const loaded = load(parseSafetensors(file).tensors, []);
    expect(loaded.heads).toEqual({});
    for (const [name, tensor] of Object.entries({ ...params, ...buffers })) {
      const back = { ...loaded.params, ...loaded.buffers }[name]!;
      expect(back.shape, name).toEqual(tensor.shape);
      expect(firstDifference(await floats(back), await floats(tensor)), name).toBe(-1);
    }
    for (const record of [params, buffers, loaded.params, loaded.buffers]) disposeParams(record);
  });

  it('of another architecture: the first missing and unexpected tensors are named', () => {
    const message = messageOf(() => load(hashedStateDict(backbone, [old]), [], createBackbone('resnet18')));
    expect(message).toContain('resnet18');
    expect(message).toContain('"layer1.1.conv1.weight"');
    expect(message).toContain('"layer1.0.downsample.0.weight"');
  });

  it("of another number of classes: the tensor and both of PyTorch's shapes are named", () => {
    const message = messageOf(() => load(hashedStateDict(backbone, [old]), [oldHead(256, 1000)]));
    expect(message).toContain('"fc.weight" is [242, 256], not [1000, 256]');
  });

  it('damaged anyhow: a user error, and no tensor left behind', () => {
    const state = hashedStateDict(backbone, [old]);
    const damage = fc.record({
      name: fc.constantFrom(...Object.keys(state)),
      kind: fc.constantFrom('drop', 'rename', 'truncate', 'grow', 'transpose'),
    });
    const before = tf.memory().numTensors;
    fc.assert(
      fc.property(damage, ({ name, kind }) => {
        const tensor = state[name]!;
        const { shape, data } = tensor;
        const { [name]: _, ...rest } = state;
        const damaged = {
          drop: {},
          rename: { [`module.${name}`]: tensor },
          truncate: { [name]: { ...tensor, data: data.subarray(4) } },
          grow: { [name]: { ...tensor, shape: [1, ...shape] } },
          transpose: { [name]: { ...tensor, shape: [...shape, 1] } },
        }[kind];
        expect(messageOf(() => load({ ...rest, ...damaged }, [old]))).toContain(name);
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

  it('a fresh network saves under the names and shapes that it expects', async () => {
    const head = asgHead(256, 10);
    const { params, buffers } = backbone.init(createRng(0));
    const fresh = head.init(createRng(1));
    const state = await toStateDict([params, buffers, fresh]);
    const shapes = Object.entries(state).map(([name, { shape }]) => [name, shape] as const);
    expect(Object.fromEntries(shapes.filter(([name]) => !name.endsWith('num_batches_tracked')))).toEqual(
      expectedState(backbone, [head]),
    );
    for (const record of [params, buffers, fresh]) disposeParams(record);
  });
});

describe('splitState', () => {
  const asg = asgHead(256, 10, { hidden: 16 });

  function fresh(): { params: Params; buffers: Params } {
    const { params, buffers } = backbone.init(createRng(3));
    return { params: { ...params, ...old.init(createRng(4)), ...asg.init(createRng(5)) }, buffers };
  }

  it('hands on the very tensors, each to its part', () => {
    const state = fresh();
    const before = tf.memory().numTensors;
    const { params, buffers, heads } = splitState(backbone, [old, asg], state);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(params)).toEqual(Object.keys(backbone.paramShapes()));
    expect(Object.keys(buffers)).toEqual(Object.keys(backbone.bufferShapes()));
    expect(Object.keys(heads)).toEqual(['fc', 'fc_new']);
    const all = { ...params, ...buffers, ...heads.fc, ...heads.fc_new };
    for (const [name, tensor] of Object.entries({ ...state.params, ...state.buffers })) {
      expect(all[name] === tensor, name).toBe(true);
    }
    disposeParams(state.params);
    disposeParams(state.buffers);
  });

  it('refuses what is not there, not wanted, in the wrong part or of another shape, and disposes nothing', () => {
    const state = fresh();
    const before = tf.memory().numTensors;
    const wrong = tf.zeros([3, 3, 32, 3]);
    const { 'bn1.weight': _, ...lacking } = state.params;
    const mean = state.buffers['bn1.running_mean']!;
    for (const [heads, params, message] of [
      [[old, asg], lacking, '1 missing in params, first "bn1.weight"'],
      [[asg], state.params, '2 unexpected in params, first "fc.weight"'],
      [[old, asg], { ...state.params, toString: mean }, '1 unexpected in params, first "toString"'],
      [[old, asg], { ...state.params, 'bn1.running_mean': mean }, 'first "bn1.running_mean"'],
      [
        [old, asg],
        { ...state.params, 'conv1.weight': wrong },
        '"conv1.weight" is [3, 3, 32, 3], not [3, 3, 3, 32]',
      ],
      [[oldHead(256, 5), asg], state.params, '"fc.weight" is [256, 242], not [256, 5]'],
    ] as const) {
      const input = { params, buffers: state.buffers };
      expect(messageOf(() => splitState(backbone, heads, input))).toContain(message);
    }
    expect(
      messageOf(() => splitState(backbone, [old, asg], { params: state.params, buffers: {} })),
    ).toContain('missing in buffers, first "bn1.running_mean"');
    wrong.dispose();
    expect(tf.memory().numTensors).toBe(before);
    disposeParams(state.params);
    disposeParams(state.buffers);
  });

  it("names a file's tensors in the layout that TensorFlow.js computes with", async () => {
    const data = Float32Array.from({ length: 120 }, (_, i) => i);
    const moved = tf.tensor(data, [4, 3, 2, 5]).transpose([2, 3, 1, 0]);
    const { params } = toParams({ x: fromFloat32(data, [4, 3, 2, 5]) });
    expect(params.x!.shape).toEqual(moved.shape);
    expect(await floats(params.x!)).toEqual(await floats(moved));
    tf.dispose([moved, params.x!]);
  });
});
