import { createRng, disposeParams, isUserError, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { expectedState } from './expected-state.js';
import { asgHead, oldHead } from './heads.js';
import { backboneNames, createBackbone } from './registry.js';
import { resnet } from './resnet.js';
import { firstDifference, floats } from './testing/backend.js';

const count = (shapes: readonly (readonly number[])[]) =>
  shapes.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);

const tiny = resnet({
  name: 'tiny',
  spec: {
    block: 'bottleneck',
    blocks: [1, 2, 1, 1],
    widths: [2, 3, 2, 2],
    strides: [1, 2, 2, 1],
    stem: { kernel: 7, stride: 2, width: 4, maxPool: true },
  },
  input: createBackbone('resnet10-28').input,
  oldClasses: 5,
});

describe('tensor counts', () => {
  it.each([
    { name: 'resnet18', tensors: 62, params: 11_689_512, entries: 102 },
    { name: 'resnet34', tensors: 110, params: 21_797_672, entries: 182 },
    { name: 'resnet50', tensors: 161, params: 25_557_032, entries: 267 },
    { name: 'resnet101', tensors: 314, params: 44_549_160, entries: 522 },
  ])('$name with its fc: $tensors tensors, $params parameters, $entries entries', (wanted) => {
    const backbone = createBackbone(wanted.name);
    const old = oldHead(backbone.channels.pool!, 1000);
    const trained = { ...backbone.paramShapes(), ...old.paramShapes() };
    expect(Object.keys(trained)).toHaveLength(wanted.tensors);
    expect(count(Object.values(trained))).toBe(wanted.params);
    expect(Object.keys(expectedState(backbone, [old]))).toHaveLength(wanted.entries);
  });

  it.each([
    {
      name: 'resnet101',
      layer3: [210, 26_090_496],
    },
    { name: 'resnet50', layer3: [57, 7_098_368] },
  ])("$name's groups are those of the released code", ({ name, layer3 }) => {
    const backbone = createBackbone(name);
    const head = asgHead(backbone.channels.pool!, 12);
    const shapes = { ...backbone.paramShapes(), ...head.paramShapes() };
    const sizes = Object.fromEntries(
      backbone.groups.map((group) => {
        const members = Object.entries(shapes).filter(([param]) => backbone.groupOf(param) === group);
        return [group, [members.length, count(members.map(([, shape]) => shape))]];
      }),
    );
    if (name === 'resnet101') expect(sizes.layer2).toEqual([39, 1_219_584]);
    expect(sizes).toMatchObject({
      conv1: [1, 9_408],
      bn1: [2, 128],
      layer1: [30, 215_808],
      layer3,
      layer4: [30, 14_964_736],
      classifier: [4, 1_055_244],
    });
  });
});

describe('groups', () => {
  const backbone = createBackbone('resnet18');

  it('are the seven coordinates, input side first', () => {
    expect(backbone.groups).toEqual(['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4', 'classifier']);
  });

  it.each([
    ['conv1.weight', 'conv1'],
    ['bn1.bias', 'bn1'],
    ['layer2.0.downsample.1.weight', 'layer2'],
    ['fc_new.0.weight', 'classifier'],
    ['fc_new.bias', 'classifier'],
  ])('%s is in %s', (param, group) => {
    expect(backbone.groupOf(param)).toBe(group);
  });

  it.each(['fc.weight', 'layer1.0.conv3.weight', 'bn1.running_mean', 'toString', 'layer1'])(
    'no group for %j: it throws with the name',
    (param) => {
      expect(() => backbone.groupOf(param)).toThrow(param);
    },
  );
});

describe('features', () => {
  it.each(backboneNames.filter((name) => name.startsWith('resnet')))(
    '%s names the same ones, with their channels',
    (name) => {
      const { features, channels } = createBackbone(name);
      expect(features).toEqual(['conv1', 'layer1', 'layer2', 'layer3', 'layer4', 'pool']);
      expect(Object.keys(channels)).toEqual(features);
      expect(channels.pool).toBe(channels.layer4);
    },
  );

  it('only the wanted ones are computed, and the same whatever else is wanted', async () => {
    const { params, buffers } = tiny.init(createRng(1));
    const images = tf.randomUniform<tf.Rank.R4>([2, 17, 23, 3], -1, 1, 'float32', 7);
    const before = tf.memory().numTensors;
    const all = tf.tidy(() => tiny.apply(params, buffers, images, tiny.features));
    const some = tf.tidy(() => tiny.apply(params, buffers, images, ['layer2', 'layer2']));
    expect(Object.keys(some)).toEqual(['layer2']);
    expect(await floats(some.layer2!)).toEqual(await floats(all.layer2!));
    expect(all.conv1!.shape).toEqual([2, 9, 12, 4]);
    expect(all.layer1!.shape).toEqual([2, 5, 6, 8]);
    expect(all.layer2!.shape).toEqual([2, 3, 3, 12]);
    expect(all.layer4!.shape).toEqual([2, 2, 2, 8]);
    expect(all.pool!.shape).toEqual([2, 8]);
    expect(tiny.apply(params, buffers, images, [])).toEqual({});
    const withoutLayer4 = Object.fromEntries(
      Object.entries(params).filter(([name]) => !name.startsWith('layer4')),
    );
    tf.dispose([all, some]);
    tf.tidy(() => {
      expect(() => tiny.apply(withoutLayer4, buffers, images, ['layer3'])).not.toThrow();
    });
    tf.tidy(() => {
      expect(() => tiny.apply(withoutLayer4, buffers, images, ['pool'])).toThrow('layer4.0.');
    });
    expect(tf.memory().numTensors).toBe(before);
    disposeParams(params);
    disposeParams(buffers);
    images.dispose();
  });

  it('an unknown feature is an error that lists those there are', () => {
    const { params, buffers } = tiny.init(createRng(1));
    expect(() => tiny.apply(params, buffers, tf.zeros([1, 8, 8, 3]), ['layer5'])).toThrow(
      /"layer5".*conv1, layer1/,
    );
  });
});

describe('init', () => {
  it('has the documented shapes and statistics, and depends on the seed alone', async () => {
    const backbone = createBackbone('resnet10-28');
    const { params, buffers } = backbone.init(createRng(3));
    const again = backbone.init(createRng(3));
    expect(Object.fromEntries(Object.entries(params).map(([k, v]) => [k, v.shape]))).toEqual(
      backbone.paramShapes(),
    );
    expect(Object.fromEntries(Object.entries(buffers).map(([k, v]) => [k, v.shape]))).toEqual(
      backbone.bufferShapes(),
    );
    const kernel = await floats(params['layer4.0.conv2.weight']!);
    expect(firstDifference(await floats(again.params['layer4.0.conv2.weight']!), kernel)).toBe(-1);
    const mean = kernel.reduce((sum, v) => sum + v, 0) / kernel.length;
    const std = Math.sqrt(kernel.reduce((sum, v) => sum + (v - mean) ** 2, 0) / kernel.length);
    const wanted = Math.sqrt(2 / (9 * 256));
    expect(Math.abs(mean)).toBeLessThan(wanted * 0.01);
    expect(Math.abs(std / wanted - 1)).toBeLessThan(0.01);
    expect(await floats(params['bn1.weight']!)).toEqual(new Float32Array(32).fill(1));
    expect(await floats(params['bn1.bias']!)).toEqual(new Float32Array(32));
    expect(await floats(buffers['layer1.0.bn1.running_var']!)).toEqual(new Float32Array(32).fill(1));
    for (const record of [params, buffers, again.params, again.buffers]) disposeParams(record);
  });
});

describe('registry', () => {
  it('an unknown name is a user error that lists the valid ones', () => {
    for (const name of ['resnet99', '', 'constructor']) {
      try {
        createBackbone(name);
        expect.unreachable();
      } catch (error) {
        expect(isUserError(error)).toBe(true);
        expect(String(error)).toContain(
          'resnet18, resnet34, resnet50, resnet101, resnet10-28, resnet18-ibn-a',
        );
      }
    }
  });

  it('says what the pretrained weights expect', () => {
    expect(createBackbone('resnet101')).toMatchObject({
      name: 'resnet101',
      oldClasses: 1000,
      channels: { pool: 2048 },
      input: { resize: 224, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    });
    expect(createBackbone('resnet10-28')).toMatchObject({
      oldClasses: 242,
      channels: { pool: 256 },
      input: { resize: 28, crop: 28, mean: [0, 0, 0], std: [1, 1, 1] },
    });
  });
});
