import type { Rng } from '@syn2real/core';

/**
 * Rows × cols values, row-major, with orthonormal rows or columns (whichever are fewer) times `gain`.
 *
 * A Gaussian matrix is factored as Q·R with a positive diagonal of R, and Q is taken: uniform over the orthogonal
 * group, and the same as PyTorch's `orthogonal_` makes of the same Gaussian matrix.
 *
 * @param rng gives `rows · cols` normal numbers, row by row
 * @see Saxe, McClelland, Ganguli, ICLR 2014; `torch.nn.init.orthogonal_`
 */
export function orthogonal(rows: number, cols: number, gain: number, rng: Rng): Float32Array {
  const gaussian = Float64Array.from({ length: rows * cols }, () => rng.normal());
  const values = orthogonalize(gaussian, rows, cols);
  return Float32Array.from(values, (value) => value * gain);
}

/** Q of the QR factorisation with positive diagonal, of the matrix or, where it is wide, of its transpose. */
export function orthogonalize(matrix: Float64Array, rows: number, cols: number): Float64Array {
  const count = Math.min(rows, cols);
  const length = Math.max(rows, cols);
  const at = rows < cols ? (k: number, i: number) => k * cols + i : (k: number, i: number) => i * cols + k;
  const q = matrix.slice();
  const dot = (k: number, other: number) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += q[at(k, i)]! * q[at(other, i)]!;
    return sum;
  };
  for (let k = 0; k < count; k++) {
    // Gram-Schmidt, twice: the second pass removes what rounding left of the first.
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < k; other++) {
        const along = dot(k, other);
        for (let i = 0; i < length; i++) q[at(k, i)]! -= along * q[at(other, i)]!;
      }
    }
    const norm = Math.sqrt(dot(k, k));
    for (let i = 0; i < length; i++) q[at(k, i)]! /= norm;
  }
  return q;
}
