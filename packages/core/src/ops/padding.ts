import { UserError } from '../errors.js';

/** A number for both axes, or one for the height and one for the width. */
export type PerAxis = number | readonly [number, number];

/**
 * Zeros around an image: so many on every side; `[[top, bottom], [left, right]]`; `'valid'`, none; or `'same'`,
 * TensorFlow's rule: ⌈size / stride⌉ outputs, the odd row or column last.
 */
export type Padding =
  | number
  | readonly [readonly [number, number], readonly [number, number]]
  | 'same'
  | 'valid';

/** One axis of a sliding window. */
export interface WindowAxis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Positions of the window. */
  readonly outputs: number;
}

export const pairOf = (value: PerAxis): readonly [number, number] =>
  typeof value === 'number' ? [value, value] : value;

function padsOf(
  padding: Padding,
  axis: 0 | 1,
  size: number,
  reach: number,
  stride: number,
): [number, number] {
  if (padding === 'valid') return [0, 0];
  if (typeof padding === 'number') return [padding, padding];
  if (padding !== 'same') return [padding[axis][0], padding[axis][1]];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

const isNatural = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

/** The sliding window along the height (axis 0) and the width (axis 1). @throws UserError where it does not fit. */
export function windowAxes(
  op: string,
  sizes: readonly [number, number],
  kernel: PerAxis,
  { strides, padding, dilations = 1 }: { strides: PerAxis; padding: Padding; dilations?: PerAxis },
): readonly [WindowAxis, WindowAxis] {
  const along = (axis: 0 | 1): WindowAxis => {
    const size = sizes[axis];
    const taps = pairOf(kernel)[axis];
    const stride = pairOf(strides)[axis];
    const dilation = pairOf(dilations)[axis];
    for (const [name, value] of Object.entries({ kernel: taps, stride, dilation })) {
      if (isNatural(value, 1)) continue;
      throw new UserError({ what: `${op}: the ${name} is not a positive whole number`, got: `${value}` });
    }
    const reach = (taps - 1) * dilation + 1;
    const [before, after] = padsOf(padding, axis, size, reach, stride);
    if (!isNatural(before, 0) || !isNatural(after, 0)) {
      throw new UserError({
        what: `${op}: the padding is not a whole number from 0 on`,
        got: `${before}, ${after}`,
      });
    }
    const outputs = Math.floor((size + before + after - reach) / stride) + 1;
    if (outputs < 1) {
      throw new UserError({
        what: `${op}: the window does not fit into the image`,
        got: `${reach} pixels over ${size} + ${before} + ${after}`,
        fix: 'pad more, or take a larger image',
      });
    }
    return { size, kernel: taps, stride, dilation, before, after, outputs };
  };
  return [along(0), along(1)];
}
