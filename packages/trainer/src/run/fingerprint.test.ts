import { describe, expect, it } from 'vitest';
import { someFingerprint } from '../__fixtures__/run.js';
import { codeVersion } from './code-version.js';

describe('fingerprint', () => {
  it('is the same for the same parts in any order of keys', () => {
    const a = someFingerprint({ config: { x: 1, y: [2, { b: 3, a: 4 }] } });
    const b = someFingerprint({ config: { y: [2, { a: 4, b: 3 }], x: 1 } });
    expect(a.sha256).toBe(b.sha256);
    expect(a.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with every part', () => {
    const changes = [
      {},
      { config: { method: 'naive' } },
      { data: { source: 'aa', target: 'b' } },
      { weights: { backbone: 'cd' } },
      { code: { packages: {} } },
      { backend: { name: 'onnxruntime' } },
      { seed: 4 },
      { selection: 'source-held-out' },
    ];
    const sums = changes.map((change) => someFingerprint(change).sha256);
    expect(new Set(sums).size).toBe(changes.length);
  });

  it('refuses numbers that JSON has no form for', () => {
    expect(() => someFingerprint({ config: { rate: Number.NaN } })).toThrow(/NaN/);
  });
});

describe('codeVersion', () => {
  it('gives the versions of packages, and says where it knows none', () => {
    const { packages, commit, modified } = codeVersion(import.meta.url, [
      '@syn2real/core',
      'no-such-package',
    ]);
    expect(packages['@syn2real/core']).toMatch(/^\d+\.\d+\.\d+/);
    expect(packages['no-such-package']).toBe('unknown');
    if (commit !== undefined) {
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(typeof modified).toBe('boolean');
    }
  });

  it('has no commit outside a work tree', () => {
    expect(codeVersion('file:///code.js', [])).toEqual({ packages: {} });
  });
});
