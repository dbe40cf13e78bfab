import type { MethodTable } from './method-table.js';
import { measureOf, percent } from './method-table-formats.js';
import type { Statistic } from './statistic.js';

/** The table in words: which method reads highest on the target, and which comes next. */
export function resultSentence(table: MethodTable): string {
  const { rows, selection } = table;
  const [first, second] = rows
    .filter((row) => row.target !== undefined)
    .sort((a, b) => (b.target?.mean ?? 0) - (a.target?.mean ?? 0));
  if (first === undefined) return 'No run recorded an accuracy on the target at a selected checkpoint.';
  const when = selection === undefined || selection === 'not recorded' ? '' : ` at the ${selection}`;
  const highest = second === undefined ? '' : ' highest';
  const sentence = `${first.label} reads${highest} on the target${when}: ${figure(first.target)} ${measureOf(table)}${
    first.retention === undefined ? '' : `, and ${figure(first.retention)} on the old task`
  }.`;
  if (second === undefined) return sentence;
  return `${sentence} Next comes ${second.label} with ${figure(second.target)}${
    second.retention === undefined ? '' : ` and ${figure(second.retention)}`
  }.`;
}

// A number never breaks over two lines.
const figure = (value: Statistic | undefined): string => `${percent(value)} %`.replaceAll(' ', '\u00a0');
