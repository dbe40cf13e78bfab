import { createRng, disposeParams, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { createBackbone } from './registry.js';
import { floats } from './testing/backend.js';
import { toIbnState } from './to-ibn-state.js';

const shapesOf = (record: Readonly<Record<string, tf.Tensor>>) =>
  Object.fromEntries(Object.entries(record).map(([name, tensor]) => [name, tensor.shape]));

describe('IBN networks', () => {
  it('a has half-instance norms in layer1 to layer3 alone', () => {
    const shapes = createBackbone('resnet50-ibn-a').paramShapes();
    expect(shapes['bn1.weight']).toEqual([64]);
    expect(shapes['layer1.0.bn1.IN.weight']).toEqual([32]);
    expect(shapes['layer3.5.bn1.BN.bias']).toEqual([128]);
    expect(shapes['layer3.5.bn2.weight']).toEqual([256]);
    expect(shapes['layer4.0.bn1.weight']).toEqual([512]);
    expect(Object.keys(shapes).filter((name) => name.includes('.IN.'))).toHaveLength(2 * (3 + 4 + 6));
  });

  it('b has an instance norm for the stem and for the sums that leave layer1 and layer2', () => {
    const backbone = createBackbone('resnet50-ibn-b');
    expect(Object.keys(backbone.paramShapes()).filter((name) => name.includes('.IN.'))).toEqual([
      'layer1.2.IN.weight',
      'layer1.2.IN.bias',
      'layer2.3.IN.weight',
      'layer2.3.IN.bias',
    ]);
    expect(backbone.bufferShapes()).not.toHaveProperty(['bn1.running_mean']);
    expect(backbone.groupOf('layer1.2.IN.bias')).toBe('layer1');
    expect(backbone.groupOf('bn1.weight')).toBe('bn1');
  });

  it.each(['a', 'b'])('%s takes its tensors from the plain network', async (form) => {
    const before = tf.memory().numTensors;
    const plain = createBackbone('resnet10-28').init(createRng(1));
    const scale = plain.params['layer2.0.bn1.weight']!;
    plain.params = { ...plain.params, 'layer2.0.bn1.weight': tf.range(0, 64) };
    scale.dispose();
    const ibn = createBackbone(`resnet10-28-ibn-${form}`);
    const made = toIbnState(ibn, plain);
    expect(shapesOf(made.params)).toEqual(ibn.paramShapes());
    expect(shapesOf(made.buffers)).toEqual(ibn.bufferShapes());
    if (form === 'a') {
      expect((await floats(made.params['layer2.0.bn1.IN.weight']!))[31]).toBe(31);
      expect((await floats(made.params['layer2.0.bn1.BN.weight']!))[0]).toBe(32);
    } else {
      expect(await floats(made.params['layer1.0.IN.weight']!)).toEqual(new Float32Array(32).fill(1));
    }
    for (const record of [plain.params, plain.buffers, made.params, made.buffers]) disposeParams(record);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what is missing or of another size, and leaves nothing', () => {
    const before = tf.memory().numTensors;
    const ibn = createBackbone('resnet10-28-ibn-a');
    expect(() => toIbnState(ibn, { params: {}, buffers: {} })).toThrow('"conv1.weight"');
    const params = { 'conv1.weight': tf.zeros([7, 7, 3, 64]) };
    expect(() => toIbnState(ibn, { params, buffers: {} })).toThrow(/"conv1.weight" is \[7,7,3,64\]/);
    disposeParams(params);
    expect(tf.memory().numTensors).toBe(before);
  });
});
