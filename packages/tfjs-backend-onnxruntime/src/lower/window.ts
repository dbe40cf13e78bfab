import type { Window } from '../ir.js';

/** One pixel in, one pixel out: a product of matrices. */
export const isPointwise = ({ kernel, pads }: Window): boolean =>
  kernel[0] === 1 && kernel[1] === 1 && pads.every((pad) => pad === 0);

export const isUnitStride = ({ strides }: Window): boolean => strides[0] === 1 && strides[1] === 1;
