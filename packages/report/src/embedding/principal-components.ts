import type { Rng } from '@syn2real/core';
import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import type { Features } from '../folder/features.js';

/** Columns kept beyond those asked for, and rounds of subspace iteration: together they make the error negligible. */
const OVERSAMPLING = 10;
const ROUNDS = 3;

/**
 * The scores of the first principal components, by randomised subspace iteration.
 *
 *     X V_k, X centred, V_k the k leading eigenvectors of Xᵀ X
 *
 * Each component's sign is such that its largest score by size is positive.
 *
 * @returns `[count, min(k, count, dimensions)]`
 * @see Halko, Martinsson, Tropp, "Finding structure with randomness", 2011, algorithms 4.4 and 5.1
 */
export function principalComponents(features: Features, k: number, rng: Rng): Features {
  const { count, dimensions } = features;
  const kept = Math.min(k, count, dimensions);
  const width = Math.min(kept + OVERSAMPLING, count, dimensions);
  const x = centred(features);
  const start = Float64Array.from({ length: dimensions * width }, () => rng.normal());
  let q = orthonormal(times(x, count, dimensions, start, width), count, width);
  for (let round = 0; round < ROUNDS; round += 1) {
    const z = orthonormal(transposedTimes(x, count, dimensions, q, width), dimensions, width);
    q = orthonormal(times(x, count, dimensions, z, width), count, width);
  }
  const b = transposedTimes(x, count, dimensions, q, width);
  const gram = new Matrix(toRows(transposedTimes(b, dimensions, width, b, width), width, width));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  const turn = new Float64Array(width * kept);
  for (let column = 0; column < kept; column += 1) {
    const scale = Math.sqrt(Math.max(0, realEigenvalues[order[column]!]!));
    for (let row = 0; row < width; row += 1) {
      turn[row * kept + column] = eigenvectorMatrix.get(row, order[column]!) * scale;
    }
  }
  const scores = Float32Array.from(times(q, count, width, turn, kept));
  return { values: signed(scores, count, kept), count, dimensions: kept };
}

function centred({ values, count, dimensions }: Features): Float64Array {
  const means = new Float64Array(dimensions);
  for (let i = 0; i < values.length; i += 1) means[i % dimensions]! += values[i]! / count;
  return Float64Array.from(values, (value, i) => value - means[i % dimensions]!);
}

/** A B, of A `[n, m]` and B `[m, k]`. */
function times(a: Float64Array, n: number, m: number, b: Float64Array, k: number): Float64Array {
  const out = new Float64Array(n * k);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) {
      const value = a[i * m + j]!;
      for (let c = 0; c < k; c += 1) out[i * k + c]! += value * b[j * k + c]!;
    }
  }
  return out;
}

/** Aᵀ B, of A `[n, m]` and B `[n, k]`. */
function transposedTimes(a: Float64Array, n: number, m: number, b: Float64Array, k: number): Float64Array {
  const out = new Float64Array(m * k);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) {
      const value = a[i * m + j]!;
      for (let c = 0; c < k; c += 1) out[j * k + c]! += value * b[i * k + c]!;
    }
  }
  return out;
}

/** An orthonormal basis of the columns. */
function orthonormal(a: Float64Array, n: number, k: number): Float64Array {
  return Float64Array.from(new QrDecomposition(new Matrix(toRows(a, n, k))).orthogonalMatrix.to1DArray());
}

const toRows = (a: Float64Array, n: number, k: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from(a.subarray(i * k, (i + 1) * k)));

function signed(scores: Float32Array, n: number, k: number): Float32Array {
  for (let column = 0; column < k; column += 1) {
    let largest = 0;
    for (let i = 0; i < n; i += 1) {
      const value = scores[i * k + column]!;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    if (largest < 0) for (let i = 0; i < n; i += 1) scores[i * k + column]! *= -1;
  }
  return scores;
}
