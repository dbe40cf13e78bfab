import { tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { exportAndLoad } from '../testing/round-trip.js';

describe('an exported network', () => {
  it.each([
    { backbone: 'resnet10-28', head: 'fcn' },
    { backbone: 'resnet10-28', head: 'aspp', outputStride: 8 },
  ] as const)('loads back and predicts the same, pixel by pixel (%o)', async (choice) => {
    const count = tf.memory().numTensors;
    const { before, after, metadata } = await exportAndLoad(choice, { classes: 5, size: [44, 60] });
    expect(new Set(before).size).toBeGreaterThan(1);
    expect(Buffer.from(after).equals(Buffer.from(before))).toBe(true);
    expect(metadata).toMatchObject({ backbone: choice.backbone, head: choice.head });
    expect(tf.memory().numTensors).toBe(count);
  });
});
