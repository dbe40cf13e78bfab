import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asJson, canonicalJson, diffJson, type JsonValue, sha256 } from './json.js';

describe('canonicalJson', () => {
  it('reads back as the value that it was made of, whatever that is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as JsonValue);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('does not depend on the order in which keys were set', () => {
    expect(canonicalJson({ b: { d: 1, c: 2 }, a: [3, null] })).toBe('{"a":[3,null],"b":{"c":2,"d":1}}');
  });

  it('refuses what JSON would silently change', () => {
    expect(() => canonicalJson({ loss: { total: Number.NaN } })).toThrow(/NaN.*\$\.loss\.total/);
    expect(() => canonicalJson([Number.POSITIVE_INFINITY])).toThrow('$[0]');
    expect(() => canonicalJson({ f: (() => 1) as unknown as JsonValue })).toThrow(/function/);
    expect(() => asJson({ rate: Number.NaN })).toThrow(/NaN.*"rate"/);
  });
});

describe('sha256', () => {
  it('is that of FIPS 180-2', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('diffJson', () => {
  it('lists every leaf that differs, by its path', () => {
    const before = { a: { b: 1, c: [1, 2] }, gone: null, same: 'x' };
    const after = { a: { b: 2, c: [1] }, new: false, same: 'x' };
    expect(diffJson(before, after)).toEqual([
      { path: 'a.b', before: 1, after: 2 },
      { path: 'a.c[1]', before: 2, after: undefined },
      { path: 'gone', before: null, after: undefined },
      { path: 'new', before: undefined, after: false },
    ]);
  });

  it('is empty for equal values, and for no others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [left, right] = [asJson(a), asJson(b)];
        expect(diffJson(left, left)).toEqual([]);
        expect(diffJson(left, right).length === 0).toBe(canonicalJson(left) === canonicalJson(right));
      }),
    );
  });
});
