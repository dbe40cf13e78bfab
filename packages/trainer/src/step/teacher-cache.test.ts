import { createRng, tf } from '@syn2real/core';
import { describe, expect, it } from 'vitest';
import { disposeRecords, type TeacherRecords } from './teacher.js';
import { createTeacherCache } from './teacher-cache.js';

/** Rows that follow from the image's index. */
function records(indices: readonly number[]): TeacherRecords {
  const row = (index: number, length: number) => {
    const rng = createRng(index);
    return Array.from({ length }, () => rng.normal());
  };
  return {
    guidance: { logits: tf.tensor2d(indices.map((index) => row(index, 5))) },
    road: {
      map: tf.tensor(
        indices.flatMap((index) => row(index + 100, 12)),
        [indices.length, 2, 2, 3],
      ),
    },
  };
}

async function bits(all: TeacherRecords): Promise<Record<string, Uint32Array>> {
  const read: Record<string, Uint32Array> = {};
  for (const [regularizer, record] of Object.entries(all)) {
    for (const [name, tensor] of Object.entries(record)) {
      read[`${regularizer}/${name} [${tensor.shape}]`] = new Uint32Array(
        (await tensor.data()).slice().buffer,
      );
    }
  }
  return read;
}

const ROW_BYTES = (5 + 12) * 4;

describe('createTeacherCache', () => {
  it('gives back the bits that went in, in any order and grouping', async () => {
    const cache = createTeacherCache({ images: 10 });
    for (const indices of [
      [3, 1, 4],
      [5, 9, 2],
      [6, 0],
    ]) {
      const made = records(indices);
      await cache.put(indices, made);
      disposeRecords(made);
    }
    expect(cache.size).toBe(8);
    expect(cache.bytes).toBe(8 * ROW_BYTES);
    const found = cache.get(Int32Array.of(9, 0, 3, 3))!;
    const expected = records([9, 0, 3, 3]);
    expect(await bits(found)).toEqual(await bits(expected));
    disposeRecords(found);
    disposeRecords(expected);
  });

  it('has nothing where one of the images is missing', async () => {
    const cache = createTeacherCache({ images: 10 });
    expect(cache.get([0])).toBeUndefined();
    const made = records([0, 1]);
    await cache.put([0, 1], made);
    disposeRecords(made);
    expect(cache.get([0, 2])).toBeUndefined();
    expect(cache.get([])).toBeUndefined();
  });

  it('stays within its bytes, and counts an image once', async () => {
    const cache = createTeacherCache({ images: 10, maxBytes: 2.5 * ROW_BYTES });
    const made = records([0, 0, 1, 2]);
    await cache.put([0, 0, 1, 2], made);
    await cache.put([0, 0, 1, 2], made);
    disposeRecords(made);
    expect(cache.size).toBe(2);
    expect(cache.bytes).toBe(2 * ROW_BYTES);
    expect(cache.get([2])).toBeUndefined();
    const found = cache.get([1])!;
    const expected = records([1]);
    expect(await bits(found)).toEqual(await bits(expected));
    disposeRecords(found);
    disposeRecords(expected);
  });

  it('keeps no tensor', async () => {
    const cache = createTeacherCache({ images: 4 });
    const made = records([0, 1]);
    const before = tf.memory().numTensors;
    await cache.put([0, 1], made);
    const found = cache.get([1, 0])!;
    disposeRecords(found);
    expect(tf.memory().numTensors).toBe(before);
    disposeRecords(made);
  });

  it('refuses rows that do not fit', async () => {
    const cache = createTeacherCache({ images: 4 });
    const made = records([0, 1]);
    await expect(cache.put([0], made)).rejects.toThrow(/row per image; "guidance\/logits"/);
    await expect(cache.put([0, 4], made)).rejects.toThrow(/0…3; got 4/);
    await cache.put([0, 1], made);
    const { road } = made;
    await expect(cache.put([2, 3], { road: road! })).rejects.toThrow(/those kept are guidance/);
    expect(() => cache.get([-1])).toThrow(RangeError);
    expect(() => createTeacherCache({ images: -1 })).toThrow(RangeError);
    expect(() => createTeacherCache({ images: 1, maxBytes: Number.NaN })).toThrow(RangeError);
    disposeRecords(made);
  });
});
