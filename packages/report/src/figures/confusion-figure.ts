import { UserError } from '@syn2real/core';
import { displayText } from '../display-text.js';
import { html, type SafeHtml } from '../html.js';
import { darkFigureRules, palette } from '../palette.js';
import type { TextTable } from '../text-table.js';
import { cutText, label, px, svgFigure, textWidth } from './svg-figure.js';

/** Counts: a row a true class, a column a predicted one. */
export type Confusion = readonly (readonly number[])[];

/** Options of {@link confusionFigure}. */
export interface ConfusionFigureOptions {
  /** The classes' names, in order. */
  classes: readonly string[];
  /** Shares of the true class (a row sums to 100 %), or counts. Default "truth". */
  normalize?: 'truth' | 'none';
  /** Width in CSS pixels. Default 460, which stays legible on a phone. */
  width?: number;
}

/** With more classes the numbers stand in the tooltips alone. */
const MOST_NUMBERED = 12;
/** The ink stays legible on the darkest cell. */
const DARKEST = 0.72;

/**
 * A confusion matrix as an SVG heat map: a row a true class, a column a predicted one, the diagonal right.
 *
 * @param counts - square, at least one class
 * @throws UserError where the counts are not square, or do not fit the classes
 *
 * @example
 * ```ts
 * const svg = confusionFigure([[8, 2], [1, 9]], { classes: ['car', 'bus'] });
 * ```
 */
export function confusionFigure(
  counts: Confusion,
  { classes, normalize = 'truth', width = 460 }: ConfusionFigureOptions,
): string {
  requireSquare(counts, classes);
  const names = classes.map((name) => displayText(name));
  const left = Math.min(110, Math.max(40, ...names.map((name) => textWidth(name, 12) + 10))) + 18;
  const last = names.at(-1) ?? '';
  const right = Math.max(4, Math.min(92, textWidth(last, 12)) * 0.7 - 10);
  const cell = (width - left - right) / names.length;
  const top = Math.min(92, Math.max(30, ...names.map((name) => textWidth(name, 12) * 0.75 + 16)));
  const shares = sharesOf(counts);
  const most = Math.max(1, ...counts.flat());
  const shade = (row: number, column: number): number =>
    (normalize === 'truth' ? (shares[row]?.[column] ?? 0) : (counts[row]?.[column] ?? 0) / most) * DARKEST;
  const told = (row: number, column: number): string =>
    normalize === 'none'
      ? String(counts[row]?.[column])
      : shares[row] === undefined
        ? ''
        : String(Math.round((shares[row][column] ?? 0) * 100));
  const cells = counts.flatMap((values, row) =>
    values.map((count, column): SafeHtml => {
      const share = shares[row]?.[column];
      const x = left + column * cell;
      const y = top + row * cell;
      const numbered = names.length <= MOST_NUMBERED && count > 0;
      return html`<g><rect x="${px(x)}" y="${px(y)}" width="${px(cell - 1)}" height="${px(cell - 1)}" fill="${palette.light[0]}" fill-opacity="${(0.03 + shade(row, column)).toFixed(3)}"/>${
        numbered &&
        label(told(row, column), {
          x: x + (cell - 1) / 2,
          y: y + (cell - 1) / 2,
          anchor: 'middle',
          size: Math.min(12, cell / 2.4),
          weight: row === column ? 600 : undefined,
        })
      }<title>${`${names[row]} read as ${names[column]}: ${count}${share === undefined ? '' : ` (${(share * 100).toFixed(1)} %)`}`}</title></g>`;
    }),
  );
  const size = Math.min(12, cell * 0.85);
  const axes = names.flatMap((name, i) => [
    label(cutText(name, left - 24, size), { x: left - 6, y: top + (i + 0.5) * cell, anchor: 'end', size }),
    label(cutText(name, (top - 13) / 0.75, size), {
      x: left + (i + 0.5) * cell,
      y: top - 7,
      size,
      turn: -48,
    }),
  ]);
  const correct = shares.flatMap((row, i) => (row === undefined ? [] : [row[i] ?? 0]));
  const mean = correct.reduce((sum, share) => sum + share, 0) / Math.max(1, correct.length);
  return svgFigure({
    width,
    height: top + cell * names.length + 4,
    description: `Confusion matrix of ${names.length} classes, ${(mean * 100).toFixed(1)} % of a class right on average.`,
    dark: darkFigureRules('.syn2real-figure'),
    body: html`${label('true', { x: 9, y: top + (cell * names.length) / 2, anchor: 'middle', turn: -90, weight: 600 })}${label('predicted', { x: 0, y: 9, weight: 600 })}${axes}${cells}`,
  });
}

/**
 * The same as a table: shares of the true class in percent, counts per class beside.
 *
 * @throws UserError where the counts are not square, or do not fit the classes
 *
 * @example
 * ```ts
 * process.stdout.write(alignedTable(confusionTable([[8, 2], [1, 9]], ['car', 'bus'])));
 * ```
 */
export function confusionTable(counts: Confusion, classes: readonly string[]): TextTable {
  requireSquare(counts, classes);
  const shares = sharesOf(counts);
  const right = 'right' as const;
  return {
    columns: [
      { title: 'True class' },
      { title: 'Count', align: right },
      ...classes.map((title) => ({ title, align: right })),
    ],
    rows: classes.map((name, row) => [
      { text: name },
      { text: String(counts[row]?.reduce((sum, n) => sum + n, 0)) },
      ...classes.map((_, column) => {
        const share = shares[row]?.[column];
        return { text: share === undefined ? '—' : (share * 100).toFixed(1), strong: row === column };
      }),
    ]),
  };
}

/** The sum of several runs' counts of the same classes. */
export const sumConfusions = (all: readonly Confusion[]): Confusion =>
  (all[0] ?? []).map((row, i) =>
    row.map((_, j) => all.reduce((sum, counts) => sum + (counts[i]?.[j] ?? 0), 0)),
  );

/** Each row's shares; undefined for a class with no images. */
const sharesOf = (counts: Confusion): (readonly number[] | undefined)[] =>
  counts.map((row) => {
    const sum = row.reduce((total, n) => total + n, 0);
    return sum === 0 ? undefined : row.map((n) => n / sum);
  });

function requireSquare(counts: Confusion, classes: readonly string[]): void {
  const fits = counts.length === classes.length && counts.every((row) => row.length === classes.length);
  if (fits && classes.length > 0 && counts.flat().every((n) => Number.isFinite(n) && n >= 0)) return;
  throw new UserError({
    what: 'the confusion matrix cannot be drawn',
    got: `${counts.length} rows of ${[...new Set(counts.map((row) => row.length))].join(', ')} counts, ${classes.length} classes`,
    expected: 'a square of counts from 0 up, as wide as there are classes',
  });
}
