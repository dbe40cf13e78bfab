import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flipHorizontal } from './flip.js';

describe('flipHorizontal', () => {
  it('mirrors pixels, not channels', () => {
    const row = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...flipHorizontal(row, { width: 3 })]).toEqual([7, 8, 9, 4, 5, 6, 1, 2, 3]);
    expect([...row]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('undoes itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (width, rows) => {
        const values = Float32Array.from({ length: width * rows * 3 }, (_, i) => i / 7);
        expect(flipHorizontal(flipHorizontal(values, { width }), { width })).toEqual(values);
      }),
    );
  });

  it('refuses broken rows', () => {
    expect(() => flipHorizontal(new Uint8Array(10), { width: 3 })).toThrow(RangeError);
  });
});
