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
  const classes = new Uint8Array(values.length);
  let known = true;
  for (let i = 0; i < values.length; i++) {
    const c = trainIds[values[i]!]!;
    if (c === UNKNOWN) known = false;
    classes[i] = c;
  }
  if (known) return classes;
  const counts = new Map<number, number>();
  for (const value of values) {
    if (trainIds[value] === UNKNOWN) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  throw new Error(unknownValuesText(counts));
}

/** What to say of values outside the table, from how many pixels hold each. */
export function unknownValuesText(counts: ReadonlyMap<number, number>): string {
  const named = [...counts].sort(([, a], [, b]) => b - a);
  const shown = named.slice(0, SHOWN).map(([value, times]) => `${value} (${times} pixels)`);
  const more = named.length > SHOWN ? ` and ${named.length - SHOWN} more` : '';
  return `it holds values outside the label table: ${shown.join(', ')}${more}`;
}
