import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat32, fromInt64 } from '../convert.js';
import { parseSafetensors, readSafetensors } from './read.js';
import { serializeSafetensors, writeSafetensors } from './write.js';

const good = serializeSafetensors(
  { w: fromFloat32(new Float32Array([1, 2, 3]), [3]), n: fromInt64([1n], []) },
  { k: 'v' },
);

function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const out = new Uint8Array(8 + json.byteLength + data);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(json.byteLength), true);
  out.set(json, 8);
  return out;
}

function outcome(bytes: Uint8Array): 'read' | 'refused' {
  try {
    parseSafetensors(bytes);
    return 'read';
  } catch (error) {
    if (!isUserError(error)) throw error;
    return 'refused';
  }
}

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

describe('damaged safetensors files', () => {
  it('refuses the file cut at every byte', () => {
    for (let length = 0; length < good.byteLength; length++)
      expect(outcome(good.slice(0, length))).toBe('refused');
    expect(outcome(good)).toBe('read');
  });

  it('refuses a longer file', () => {
    expect(outcome(new Uint8Array([...good, 0]))).toBe('refused');
  });

  it('reads or refuses, and nothing else, whatever bits flip', () => {
    const flip = fc.record({ at: fc.nat(good.byteLength - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
        const bytes = good.slice();
        for (const { at, bit } of flips) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        expect(['read', 'refused']).toContain(outcome(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(outcome(file(bytes))).toBe('refused');
      }),
    );
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a header beyond the file', file('{}', 0, 3n), /header does not fit the file/],
    ['a giant header length', file('{}', 0, 0xffff_ffff_ffff_ffffn), /header does not fit the file/],
    ['an empty header', file(''), /too short|header does not fit/],
    ['a list', file('[]'), /not valid JSON/],
    ['deep nesting', file(`{"a":${'['.repeat(100_000)}`), /not valid JSON/],
    ['deep objects', file('{"a":'.repeat(100_000)), /header of tensor "a" is wrong/],
    ['no UTF-8', file(new Uint8Array([0x7b, 0xff, 0x7d])), /not text/],
    ['a byte order mark', file('\ufeff{}'), /not valid JSON/],
    ['text after the end', file('{}x'), /not valid JSON/],
    ['an unknown dtype', file(`{"a":${entry('F7', '[]', '[0,1]')}}`, 1), /unknown dtype/],
    ['a dtype of Object', file(`{"a":${entry('toString', '[]', '[0,1]')}}`, 1), /unknown dtype/],
    ['a missing key', file('{"a":{"dtype":"U8","shape":[]}}'), /incomplete/],
    ['a key twice', file('{"a":{"dtype":"U8","dtype":"U8"}}'), /"a" is wrong/],
    ['an unknown key', file('{"a":{"evil":1}}'), /"a" is wrong/],
    ['one offset', file(`{"a":${entry('U8', '[]', '[0]')}}`, 1), /incomplete/],
    ['three offsets', file(`{"a":${entry('U8', '[]', '[0,1,1]')}}`, 1), /incomplete/],
    ['a negative size', file(`{"a":${entry('U8', '[-1]', '[0,1]')}}`, 1), /non-negative integer/],
    ['a fraction', file(`{"a":${entry('U8', '[1.5]', '[0,1]')}}`, 1), /not valid JSON/],
    ['an exponent', file(`{"a":${entry('U8', '[1e3]', '[0,1]')}}`, 1), /not valid JSON/],
    ['a leading zero', file(`{"a":${entry('U8', '[01]', '[0,1]')}}`, 1), /non-negative integer/],
    [
      'a giant integer',
      file(`{"a":${entry('U8', '[99999999999999999]', '[0,1]')}}`, 1),
      /non-negative integer/,
    ],
    [
      'an overflowing shape',
      file(`{"a":${entry('U8', '[4294967296,4294967296]', '[0,0]')}}`),
      /does not fit its shape/,
    ],
    ['a shape too large', file(`{"a":${entry('F32', '[2]', '[0,4]')}}`, 4), /does not fit its shape/],
    ['a range outside', file(`{"a":${entry('U8', '[2]', '[0,2]')}}`, 1), /outside the file/],
    ['a reversed range', file(`{"a":${entry('U8', '[1]', '[1,0]')}}`, 1), /outside the file/],
    ['a hole', file(`{"a":${entry('U8', '[1]', '[1,2]')}}`, 2), /belong to none/],
    ['bytes of nobody', file(`{"a":${entry('U8', '[1]', '[0,1]')}}`, 2), /length does not fit its header/],
    [
      'an overlap',
      file(`{"a":${entry('U8', '[2]', '[0,2]')},"b":${entry('U8', '[2]', '[1,3]')}}`, 3),
      /overlaps another/,
    ],
    [
      'a name twice',
      file(`{"a":${entry('U8', '[1]', '[0,1]')},"\\u0061":${entry('U8', '[1]', '[1,2]')}}`, 2),
      /names "a" twice/,
    ],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /twice/],
    ['a metadata key twice', file('{"__metadata__":{"a":"1","a":"2"}}'), /twice/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /a string/],
    ['a lone surrogate', file('{"__metadata__":{"a":"\\ud800"}}'), /a string/],
    ['a raw control character', file('{"__metadata__":{"a":"\u0001"}}'), /a string/],
    ['an open string', file('{"__metadata__":{"a":"\\"'), /a string/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(message);
    expect(outcome(bytes)).toBe('refused');
  });

  it('refuses a header longer than allowed', () => {
    expect(() => parseSafetensors(good, { maxHeaderBytes: 64 })).toThrow(/header is too long/);
  });

  it('names the file that is missing, a folder, or cut', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weights-'));
    try {
      const missing = join(folder, 'missing.safetensors');
      await expect(readSafetensors(missing)).rejects.toThrow(`${missing} cannot be read`);
      await expect(readSafetensors(folder)).rejects.toSatisfy(isUserError);
      const cut = join(folder, 'cut.safetensors');
      await writeSafetensors(cut, { w: fromFloat32(new Float32Array(100), [100]) });
      await truncate(cut, 300);
      await expect(readSafetensors(cut)).rejects.toThrow(`${cut} is not a safetensors file that can be read`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
