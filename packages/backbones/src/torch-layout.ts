/** A tensor as PyTorch stores it: convolution kernels `[out, in, kh, kw]`, linear weights `[out, in]`, row-major. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** PyTorch's shape of a tensor whose TensorFlow.js shape is given: axes 4 → `[out, in, kh, kw]`, 2 → `[out, in]`. */
export function torchShape(shape: readonly number[]): number[] {
  if (shape.length === 4) return [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
  if (shape.length === 2) return [shape[1]!, shape[0]!];
  return [...shape];
}

/** Values in TensorFlow.js layout: `[kh, kw, in, out]` kernels, `[in, out]` linear weights. May share memory. */
export function fromTorchLayout({ shape, data }: TorchTensor): Float32Array {
  if (shape.length !== 4 && shape.length !== 2) return data;
  const [outputs, inputs, area] = sizes(shape);
  const values = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const from = (o * inputs + i) * area;
      for (let p = 0; p < area; p++) values[(p * inputs + i) * outputs + o] = data[from + p]!;
    }
  }
  return values;
}

/** The inverse of {@link fromTorchLayout}; `shape` is TensorFlow.js's. */
export function toTorchLayout(data: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length !== 4 && shape.length !== 2) return data;
  const [outputs, inputs, area] = sizes(torchShape(shape));
  const values = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const to = (o * inputs + i) * area;
      for (let p = 0; p < area; p++) values[to + p] = data[(p * inputs + i) * outputs + o]!;
    }
  }
  return values;
}

function sizes([outputs = 1, inputs = 1, kh = 1, kw = 1]: readonly number[]): [number, number, number] {
  return [outputs, inputs, kh * kw];
}
