import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFloat32, fromInt64 } from '../convert.js';
import {
  BYTES_PER_ELEMENT,
  type DType,
  emptyStateDict,
  type LazyTensorRecord,
  type TensorRecord,
} from '../tensor-record.js';
import { openSafetensors, parseSafetensors, readSafetensors } from './read.js';
import { serializeSafetensors, writeSafetensors } from './write.js';

const DTYPES: DType[] = ['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I16', 'I8', 'U8', 'BOOL'];

const tensor: fc.Arbitrary<TensorRecord> = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const bytes = shape.reduce((a, b) => a * b, 1) * BYTES_PER_ELEMENT[dtype];
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((data): TensorRecord => ({ dtype, shape, data }));
  });

const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__metadata__');
const stateDict = fc
  .array(fc.tuple(name, tensor), { maxLength: 6 })
  .map((entries) => Object.assign(emptyStateDict(), Object.fromEntries(entries)));
const metadata = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 3 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function plain(tensors: Readonly<Record<string, TensorRecord>>) {
  return Object.entries(tensors)
    .map(([key, { dtype, shape, data }]) => [key, dtype, [...shape], [...data]])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

describe('safetensors round trip', () => {
  it('gives back any tensors and metadata', () => {
    fc.assert(
      fc.property(stateDict, metadata, (tensors, meta) => {
        const read = parseSafetensors(serializeSafetensors(tensors, meta));
        expect(plain(read.tensors)).toEqual(plain(tensors));
        expect({ ...read.metadata }).toEqual({ ...meta });
      }),
    );
  });

  it('aligns every tensor to its element and the data to 8 bytes', () => {
    fc.assert(
      fc.property(stateDict, (tensors) => {
        const bytes = serializeSafetensors(tensors);
        for (const { dtype, data } of Object.values(parseSafetensors(bytes).tensors)) {
          expect((data.byteOffset - bytes.byteOffset) % BYTES_PER_ELEMENT[dtype]).toBe(0);
        }
      }),
    );
  });

  it('writes the same bytes whatever the order of names', () => {
    const a = fromFloat32(new Float32Array([1]), [1]);
    const b = fromInt64([5n], []);
    expect(serializeSafetensors({ a, b }, { x: '1', y: '2' })).toEqual(
      serializeSafetensors({ b, a }, { y: '2', x: '1' }),
    );
  });

  it('keeps names that objects treat specially', () => {
    const tensors = emptyStateDict();
    for (const special of ['__proto__', 'constructor']) tensors[special] = fromInt64([7n], []);
    expect(Object.keys(parseSafetensors(serializeSafetensors(tensors)).tensors)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('writes and reads a file, whole, in part, and lazily', async () => {
    const path = join(folder, 'a.safetensors');
    const tensors = { w: fromFloat32(new Float32Array([1, 2, 3, 4]), [2, 2]), n: fromInt64([-1n], []) };
    await writeSafetensors(path, tensors, { step: '3' });
    expect(new Uint8Array(await readFile(path))).toEqual(serializeSafetensors(tensors, { step: '3' }));
    const all = await readSafetensors(path);
    expect(plain(all.tensors)).toEqual(plain(tensors));
    expect(all.metadata.step).toBe('3');
    const some = await readSafetensors(path, { names: ['n'] });
    expect(Object.keys(some.tensors)).toEqual(['n']);
    const file = await openSafetensors(path);
    expect(file.entries.w).toMatchObject({ dtype: 'F32', shape: [2, 2], byteLength: 16 });
    expect(plain({ w: await file.read('w') })).toEqual(plain({ w: tensors.w }));
    await expect(file.read('v')).rejects.toThrow(/has no tensor "v"/);
    await file.close();
  });

  it('writes tensors that are fetched one by one as the same bytes, in the order of the file', async () => {
    const tensors: Record<string, TensorRecord> = {
      w: fromFloat32(new Float32Array([1, 2, 3, 4]), [2, 2]),
      n: fromInt64([-1n], []),
      b: fromFloat32(new Float32Array([5]), [1]),
    };
    const read: string[] = [];
    const lazy = Object.fromEntries(
      Object.entries(tensors).map(([name, { data, ...kind }]): [string, LazyTensorRecord] => [
        name,
        {
          ...kind,
          async *chunks() {
            read.push(name);
            yield data.subarray(0, 3);
            yield data.subarray(3);
          },
        },
      ]),
    );
    const path = join(folder, 'lazy.safetensors');
    await writeSafetensors(path, { ...lazy, w: tensors.w! }, { step: '3' });
    expect(new Uint8Array(await readFile(path))).toEqual(serializeSafetensors(tensors, { step: '3' }));
    expect(read).toEqual(['n', 'b']);
    const pieces = async function* () {
      yield new Uint8Array(3);
    };
    const cut = { ...lazy, b: { ...lazy.b!, chunks: pieces } };
    await expect(writeSafetensors(path, cut)).rejects.toThrow(/"b" does not fit its shape/);
    const gone = (): AsyncIterable<Uint8Array> => {
      throw new Error('gone');
    };
    const failing = { ...lazy, b: { ...lazy.b!, chunks: gone } };
    await expect(writeSafetensors(path, failing)).rejects.toThrow('gone');
    expect(new Uint8Array(await readFile(path))).toEqual(serializeSafetensors(tensors, { step: '3' }));
  });

  it('leaves the old file and no other when writing fails', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeFile(path, 'old');
    const bad: TensorRecord = { dtype: 'F32', shape: [3], data: new Uint8Array(4) };
    await expect(writeSafetensors(path, { bad })).rejects.toThrow(/"bad" does not fit its shape/);
    expect(await readFile(path, 'utf8')).toBe('old');
    await expect(writeSafetensors(join(folder, 'none', 'x.safetensors'), {})).rejects.toSatisfy(isUserError);
    await writeFile(join(folder, 'plain'), '');
    await expect(writeSafetensors(join(folder, 'plain', 'x.safetensors'), {})).rejects.toSatisfy(isUserError);
    expect((await readdir(folder)).filter((entry) => entry.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['a reserved name', { __metadata__: fromInt64([1n], []) }, {}, /__metadata__/],
    ['a lone surrogate', { '\ud800': fromInt64([1n], []) }, {}, /cannot be stored/],
    ['a lone surrogate in metadata', {}, { a: '\udfff' }, /cannot be stored/],
  ])('refuses to write %s', (_, tensors, meta, message) => {
    expect(() => serializeSafetensors(tensors, meta as Record<string, string>)).toThrow(message);
  });
});
