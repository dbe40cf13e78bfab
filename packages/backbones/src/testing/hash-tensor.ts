/**
 * Values in [−1, 1) from an integer hash of a name and an index, the same as in goldens/capture.py: FNV-1a of the
 * name, plus a golden-ratio sequence, through murmur3's 32-bit finaliser. All of them are exact in float32.
 */
export function hashUniform(name: string, count: number): Float32Array {
  const seed = seedOf(name);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = uniformAt(seed, index);
  return values;
}

/** Σ_i values_i · hashUniform(name)_i, without the array. */
export function hashProjection(name: string, values: Float32Array): number {
  const seed = seedOf(name);
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]! * uniformAt(seed, index);
  return sum;
}

function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed;
}

function uniformAt(seed: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b9) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 8) / 2 ** 23 - 1;
}

/** A weight in PyTorch's layout. */
export function hashWeight(
  name: string,
  shape: readonly number[],
): { shape: readonly number[]; data: Float32Array } {
  const size = shape.reduce((product, n) => product * n, 1);
  const [scale, shift] = scaleAndShift(name, shape, size);
  const data = hashUniform(name, size);
  for (let at = 0; at < size; at++) data[at] = shift + scale * data[at]!;
  return { shape, data };
}

function scaleAndShift(name: string, shape: readonly number[], size: number): [number, number] {
  if (shape.length > 1) return [Math.sqrt(6 / (size / shape[0]!)), 0];
  if (name.endsWith('.running_var')) return [0.5, 1];
  if (name.endsWith('.weight')) return [0.25, 0.5];
  return [0.1, 0];
}
