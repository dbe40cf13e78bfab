/**
 * log Σ_j (p_j/λ_j)^(1/α) of the row at `from`, stable for any α: the largest ratio is taken out of the sum.
 */
export function logPartition(
  values: ArrayLike<number>,
  from: number,
  lambda: ArrayLike<number>,
  alpha: number,
): number {
  const most = largest(values, from, lambda);
  let sum = 0;
  for (let k = 0; k < lambda.length; k++) sum += (values[from + k]! / lambda[k]! / most) ** (1 / alpha);
  return Math.log(most) / alpha + Math.log(sum);
}

/** ŷ_k = (p_k/λ_k)^(1/α) / Z of the row at `from`, written to the place `to` of `out`. */
export function writeSoftLabel(
  values: ArrayLike<number>,
  from: number,
  lambda: ArrayLike<number>,
  alpha: number,
  out: Float32Array | Float64Array,
  to = from,
): void {
  const most = largest(values, from, lambda);
  const relative = (k: number): number => (values[from + k]! / lambda[k]! / most) ** (1 / alpha);
  let sum = 0;
  for (let k = 0; k < lambda.length; k++) sum += relative(k);
  for (let k = 0; k < lambda.length; k++) out[to + k] = relative(k) / sum;
}

function largest(values: ArrayLike<number>, from: number, lambda: ArrayLike<number>): number {
  let most = 0;
  for (let k = 0; k < lambda.length; k++) most = Math.max(most, values[from + k]! / lambda[k]!);
  return most;
}
