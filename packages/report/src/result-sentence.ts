import type { MethodRow, MethodTable } from './method-table.js';
import { percent } from './method-table-formats.js';

/** The table in one sentence or two: who reads highest on the target, by which rule, and who comes next. */
export function resultSentence({ rows }: MethodTable): string {
  const ranked = rows
    .filter((row) => row.target !== undefined)
    .sort((a, b) => (b.target?.mean ?? 0) - (a.target?.mean ?? 0));
  const [first, second] = ranked;
  if (first === undefined) return 'No run recorded an accuracy on the target.';
  const rule = `selection: ${first.selection}`;
  const over = `${first.n} ${first.n === 1 ? 'run' : 'runs'}`;
  if (second === undefined) {
    return `${first.label} reads ${percent(first.target)} % mean-class accuracy on the target${kept(first)} (${rule}, ${over}).`;
  }
  return `${first.label} reads highest on the target: ${percent(first.target)} % mean-class accuracy${kept(first)} (${rule}, ${over}). Next comes ${second.label} with ${percent(second.target)} %${kept(second)}.`;
}

const kept = (row: MethodRow): string =>
  row.retention === undefined ? '' : `, and ${percent(row.retention)} % on the old task`;
