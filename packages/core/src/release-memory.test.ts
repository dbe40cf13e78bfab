import { describe, expect, it, vi } from 'vitest';
import { releaseMemory } from './release-memory.js';
import { tf } from './tf.js';

describe('releaseMemory', () => {
  it('asks the backend in force, and does nothing where it knows no such thing', () => {
    const backend = tf.backend() as { releaseMemory?: () => void };
    const own = Object.getOwnPropertyDescriptor(backend, 'releaseMemory');
    const asked = vi.fn();
    try {
      backend.releaseMemory = asked;
      releaseMemory();
      expect(asked).toHaveBeenCalledTimes(1);
      Object.defineProperty(backend, 'releaseMemory', { value: undefined, configurable: true });
      expect(() => releaseMemory()).not.toThrow();
    } finally {
      delete backend.releaseMemory;
      if (own !== undefined) Object.defineProperty(backend, 'releaseMemory', own);
    }
  });

  it('leaves tensors and what comes of them as they are', () => {
    const product = () => tf.tidy(() => a.matMul(a).sum().dataSync()[0]);
    const a = tf.randomUniform<tf.Rank.R2>([40, 40], 0, 1, 'float32', 3);
    const before = product();
    releaseMemory();
    expect(product()).toBe(before);
    a.dispose();
  });
});
