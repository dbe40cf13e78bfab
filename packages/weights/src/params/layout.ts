import { UserError } from '@syn2real/core';
import { quote } from '../errors.js';

/**
 * How a PyTorch tensor is laid out for TensorFlow.js.
 *
 * - `'kernel'`: `[O, I, kh, kw]` → `[kh, kw, I, O]`; also transposed convolutions, `[I, O, kh, kw]` → `[kh, kw, O, I]`
 * - `'linear'`: `[out, in]` → `[in, out]`
 * - `'as-is'`: unchanged
 * - `{ map: [C, h, w] }`: a linear layer on a flattened map: `[out, C·h·w]` → `[h·w·C, out]`, rows reordered to act on a
 *   flattened NHWC map
 */
export type Layout = 'kernel' | 'linear' | 'as-is' | { readonly map: readonly [number, number, number] };

/** Values with their shape, row-major. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** VGG's first fully connected layer reads 512 × 7 × 7 numbers, channels first. */
const VGG_FC6: Layout = { map: [512, 7, 7] };

/** The layout that a name and a shape suggest: by the number of axes, but for VGG's `classifier.0.weight`. */
export function defaultLayout(name: string, shape: readonly number[]): Layout {
  if (name === 'classifier.0.weight' && shape.length === 2 && shape[1] === 512 * 7 * 7) return VGG_FC6;
  if (shape.length === 4) return 'kernel';
  return shape.length === 2 ? 'linear' : 'as-is';
}

/**
 * PyTorch's values in TensorFlow.js's layout. A copy, but for `'as-is'`.
 *
 * @throws UserError when the shape has not the axes that the layout needs
 */
export function toTfjs(name: string, { shape, data }: Values, layout: Layout): Values {
  if (layout === 'as-is') return { shape, data };
  const [a = 0, b = 0, kh = 0, kw = 0] = shape;
  if (layout === 'kernel') {
    if (shape.length !== 4) throw wrongAxes(name, shape, 4);
    return { shape: [kh, kw, b, a], data: permute(data, [a, b, kh * kw], [2, 1, 0]) };
  }
  if (shape.length !== 2) throw wrongAxes(name, shape, 2);
  if (layout === 'linear') return { shape: [b, a], data: permute(data, [a, b, 1], [1, 0, 2]) };
  const [channels, h, w] = layout.map;
  checkMap(name, b, layout.map);
  return { shape: [b, a], data: permute(data, [a, channels, h * w], [2, 1, 0]) };
}

/** The inverse of {@link toTfjs}. @throws UserError when the shape has not the axes that the layout needs */
export function toTorch(name: string, { shape, data }: Values, layout: Layout): Values {
  const torch = torchShape(name, shape, layout);
  return { shape: torch, data: layout === 'as-is' ? data : permute(data, ...torchAxes(torch, layout)) };
}

/** The data of {@link toTorch} in pieces of about so many numbers; `'as-is'` in one, not copied. */
export function* torchPieces(
  name: string,
  { shape, data }: Values,
  layout: Layout,
  numbers: number,
): Generator<Float32Array, void, undefined> {
  const torch = torchShape(name, shape, layout);
  const [rows = 0] = torch;
  if (layout === 'as-is') {
    yield data;
    return;
  }
  const step = Math.max(1, Math.floor((numbers * rows) / Math.max(1, data.length)));
  for (let from = 0; from < rows; from += step) {
    yield permute(data, ...torchAxes(torch, layout), [from, Math.min(rows, from + step)]);
  }
}

/** The shape that {@link toTorch} gives. @throws UserError when the shape has not the axes that the layout needs */
export function torchShape(name: string, shape: readonly number[], layout: Layout): readonly number[] {
  if (layout === 'as-is') return shape;
  if (layout === 'kernel') {
    const [kh = 0, kw = 0, b = 0, a = 0] = shape;
    if (shape.length !== 4) throw wrongAxes(name, shape, 4);
    return [a, b, kh, kw];
  }
  const [b = 0, a = 0] = shape;
  if (shape.length !== 2) throw wrongAxes(name, shape, 2);
  if (layout !== 'linear') checkMap(name, b, layout.map);
  return [a, b];
}

type Three = readonly [number, number, number];

/** The axes of a tensor in TensorFlow.js's layout, and the order that gives PyTorch's. */
function torchAxes(torch: readonly number[], layout: Exclude<Layout, 'as-is'>): [shape: Three, order: Three] {
  const [a = 0, b = 0, kh = 0, kw = 0] = torch;
  if (layout === 'kernel')
    return [
      [kh * kw, b, a],
      [2, 1, 0],
    ];
  if (layout === 'linear')
    return [
      [b, a, 1],
      [1, 0, 2],
    ];
  const [channels, h, w] = layout.map;
  return [
    [h * w, channels, a],
    [2, 1, 0],
  ];
}

/** Reorders three axes: output axis `k` is input axis `order[k]`. Of output axis 0 only the rows from `first` to `end`. */
function permute(
  data: Float32Array,
  shape: Three,
  order: Three,
  [first, end]: readonly [number, number] = [0, shape[order[0]] ?? 0],
): Float32Array {
  const strides = [shape[1] * shape[2], shape[2], 1];
  const [n1 = 0, n2 = 0] = [shape[order[1]], shape[order[2]]];
  const [s0 = 0, s1 = 0, s2 = 0] = order.map((axis) => strides[axis]);
  const out = new Float32Array((end - first) * n1 * n2);
  let to = 0;
  for (let i = first; i < end; i++) {
    for (let j = 0; j < n1; j++) {
      let from = i * s0 + j * s1;
      for (let k = 0; k < n2; k++, from += s2) out[to++] = data[from] ?? 0;
    }
  }
  return out;
}

function checkMap(name: string, inputs: number, [channels, h, w]: readonly [number, number, number]): void {
  if (inputs === channels * h * w) return;
  throw new UserError({
    what: `tensor ${quote(name)} does not act on a map of ${channels} × ${h} × ${w}`,
    got: `${inputs} inputs`,
    expected: `${channels * h * w} inputs`,
  });
}

function wrongAxes(name: string, shape: readonly number[], axes: number): UserError {
  return new UserError({
    what: `tensor ${quote(name)} cannot be laid out for TensorFlow.js`,
    got: `[${shape.join(', ')}]`,
    expected: `${axes} axes`,
    fix: 'name its layout in the option layouts',
  });
}
