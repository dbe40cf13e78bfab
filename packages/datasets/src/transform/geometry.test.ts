import { describe, expect, it } from 'vitest';
import { cropAxis, cropOffset, resizedSize } from './geometry.js';

describe('sizes', () => {
  it('makes 398×224 of a 384×216 render, cropped at 87', () => {
    expect(resizedSize({ width: 384, height: 216 }, 224)).toEqual({ width: 398, height: 224 });
    expect(cropOffset(398, 224)).toBe(87);
    expect(cropOffset(224, 224)).toBe(0);
  });

  it('cuts the longer side down, whichever it is', () => {
    expect(resizedSize({ width: 100, height: 333 }, 32)).toEqual({ width: 32, height: 106 });
    expect(resizedSize({ width: 333, height: 100 }, 32)).toEqual({ width: 106, height: 32 });
    expect(resizedSize({ width: 5, height: 5 }, 9)).toEqual({ width: 9, height: 9 });
  });

  it('rounds halves to the even number', () => {
    expect([1, 3, 5, 7].map((extra) => cropOffset(10 + extra, 10))).toEqual([0, 2, 2, 4]);
  });

  it('pads a side that is too short', () => {
    expect(cropAxis(5, 8)).toEqual({ first: 0, length: 5, padBefore: 1 });
    expect(cropAxis(9, 8)).toEqual({ first: 0, length: 8, padBefore: 0 });
  });
});
