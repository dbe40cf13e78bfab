import { createRng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { tinyHead, tinyNetwork, tinyPath, tinySetup } from '../__fixtures__/tiny.js';
import { groupsOf } from './parts.js';
import { disposeTrainState, initTrainState, stateFromGroups, stateGroups } from './state.js';

describe('the training state', () => {
  it('is the same after a way through checkpoint groups', async () => {
    const { parts, params, dispose } = tinySetup(createRng(0));
    const state = initTrainState(parts, params, { path: await tinyPath.prepare(params), other: {} });
    const groups = stateGroups(state);
    expect(Object.keys(groups)).toEqual(['params', 'optimizer', 'regularizer']);
    const back = stateFromGroups(state.step, groups);
    expect(back).toEqual({ ...state, regularizers: { path: state.regularizers.path } });
    const before = tf.memory().numTensors;
    disposeTrainState(state);
    disposeTrainState(back);
    expect(before - tf.memory().numTensors).toBe(5 + 5 + 10);
    dispose();
  });
});

describe('groupsOf', () => {
  it('adds a group per head', () => {
    const { groups, groupOf } = groupsOf(tinyNetwork, [tinyHead]);
    expect(groups).toEqual(['conv1', 'conv2', 'fc_new']);
    expect(groupOf('fc_new.weight')).toBe('fc_new');
    expect(groupOf('conv2.bias')).toBe('conv2');
    expect(() => groupOf('fc_newer.weight')).toThrow();
  });
});
