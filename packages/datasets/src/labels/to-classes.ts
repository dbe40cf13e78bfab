import { FIRST_BYTE, kernelsWith } from '../wasm/kernels.js';
import { UNKNOWN } from './label-table.js';

/** Values shown in a message. */
const SHOWN = 5;

/**
 * A label image's values as class indices.
 *
 * @param trainIds from {@link trainIdsOf}, `[256]`
 * @returns as many class indices, {@link IGNORED} among them
 * @throws Error that names the values outside the table
 */
export function toClasses(values: Uint8Array, trainIds: Uint8Array): Uint8Array {
  const source = FIRST_BYTE + 256;
  const out = source + align(values.length);
  const { bytes, lookup } = kernelsWith(out + align(values.length));
  bytes.set(trainIds, FIRST_BYTE);
  bytes.set(values, source);
  const unknown = lookup(source, values.length, FIRST_BYTE, out, UNKNOWN);
  if (unknown === 0) return bytes.slice(out, out + values.length);
  const counts = new Map<number, number>();
  for (const value of values) {
    if (trainIds[value] === UNKNOWN) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  throw new Error(unknownValuesText(counts));
}

function align(length: number): number {
  return Math.ceil((length + 8) / 16) * 16;
}

/** What to say of values outside the table, from how many pixels hold each. */
export function unknownValuesText(counts: ReadonlyMap<number, number>): string {
  const named = [...counts].sort(([, a], [, b]) => b - a);
  const shown = named.slice(0, SHOWN).map(([value, times]) => `${value} (${times} pixels)`);
  const more = named.length > SHOWN ? ` and ${named.length - SHOWN} more` : '';
  return `it holds values outside the label table: ${shown.join(', ')}${more}`;
}
