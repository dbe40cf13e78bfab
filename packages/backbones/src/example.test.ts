import { readFileSync } from 'node:fs';
import { tf } from '@syn2real/core';
import { toParams } from '@syn2real/weights';
import { describe, expect, it } from 'vitest';
import { twoHeads } from '../examples/two-heads.js';
import { oldHead } from './heads.js';
import { createBackbone } from './registry.js';
import { hashedStateDict } from './testing/torch.js';

describe('the example', () => {
  it('is the one in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(readFileSync(new URL('../examples/two-heads.ts', import.meta.url), 'utf8'));
  });

  it('runs', () => {
    const backbone = createBackbone('resnet10-28');
    const state = toParams(hashedStateDict(backbone, [oldHead(256, 242)]));
    const { scores, groups } = twoHeads('resnet10-28', state, tf.zeros([2, 28, 28, 3]));
    expect(scores.fresh.shape).toEqual([2, 12]);
    expect(scores.old.shape).toEqual([2, 242]);
    expect(new Set(groups)).toEqual(new Set(backbone.groups));
  });
});
