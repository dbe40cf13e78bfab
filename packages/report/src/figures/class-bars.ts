import { UserError } from '@syn2real/core';
import { displayText } from '../display-text.js';
import { html, type SafeHtml } from '../html.js';
import { darkFigureRules, seriesStyle } from '../palette.js';
import type { Statistic } from '../statistic.js';
import type { TextTable } from '../text-table.js';
import { cutText, FONT, label, px, svgFigure, textWidth } from './svg-figure.js';

/** One method's values by class. */
export interface ClassSeries {
  label: string;
  /** Position among all series: its colour. */
  series: number;
  /** By class, fractions 0…1; undefined for a class without images. */
  values: readonly (Statistic | undefined)[];
}

/** Options of {@link classBarsFigure}. */
export interface ClassBarsOptions {
  classes: readonly string[];
  /** What the bars are: "Recall (%)". */
  title: string;
  /** Width in CSS pixels. Default 460, which stays legible on a phone. */
  width?: number;
}

/**
 * Bars by class, one a method, as an SVG: means over seeds, a thin line from the lowest to the highest seed.
 *
 * @throws UserError where there is nothing to draw, or values that do not fit the classes
 *
 * @example
 * ```ts
 * const svg = classBarsFigure([{ label: 'ASG', series: 0, values: [0.6, 0.8].map((v) => statistic([v])) }], {
 *   classes: ['car', 'bus'],
 *   title: 'Recall (%)',
 * });
 * ```
 */
export function classBarsFigure(
  series: readonly ClassSeries[],
  { classes, title, width = 460 }: ClassBarsOptions,
): string {
  requireFit(series, classes);
  const names = classes.map((name) => displayText(name));
  const left = Math.min(130, Math.max(...names.map((name) => textWidth(name)))) + 10;
  const span = width - left - 34;
  const bar = Math.max(5, Math.min(14, 30 / series.length));
  const group = bar * series.length + 9;
  const legend = series.map(({ label: text }) => cutText(displayText(text), width - 20));
  const row = Math.round(FONT * 1.5);
  const top = legend.length * row + row + 22;
  const at = (value: number): number => left + value * span;
  const bottom = top + group * names.length;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      html`<path d="M${px(at(value))},${px(top - 4)}V${px(bottom)}" stroke="currentColor" stroke-opacity="${value === 0 ? 0.5 : 0.14}"/>${label(String(value * 100), { x: at(value), y: top - 12, anchor: 'middle', size: 11, opacity: 0.72 })}`,
  );
  const bars = names.map((name, i): SafeHtml => {
    const y = top + i * group + 3;
    return html`<g>${label(cutText(name, left - 8), { x: left - 8, y: y + (bar * series.length) / 2, anchor: 'end' })}${series.map(
      ({ label: method, series: color, values }, s) =>
        oneBar(values[i], {
          y: y + s * bar,
          bar,
          at,
          color: seriesStyle(color).color,
          name: `${displayText(method)}, ${name}`,
          numbered: series.length <= 2,
        }),
    )}</g>`;
  });
  const keys = legend.map(
    (text, i) =>
      html`<rect x="0" y="${i * row + row / 2 - 5}" width="10" height="10" rx="2" fill="${seriesStyle(series[i]!.series).color}"/>${label(text, { x: 17, y: i * row + row / 2 })}`,
  );
  return svgFigure({
    width,
    height: bottom + 4,
    description: series
      .map((one) => `${displayText(one.label)}: mean ${tell(meanOf(one))} % over classes`)
      .join('; '),
    dark: darkFigureRules('.syn2real-figure'),
    body: html`<g aria-label="legend">${keys}</g>${label(title, { x: 0, y: legend.length * row + row / 2, weight: 600 })}${grid}${bars}`,
  });
}

interface BarPlace {
  y: number;
  bar: number;
  at: (value: number) => number;
  color: string;
  name: string;
  numbered: boolean;
}

function oneBar(value: Statistic | undefined, { y, bar, at, color, name, numbered }: BarPlace): SafeHtml {
  if (value === undefined) {
    return html`<g>${label('no images', { x: at(0) + 5, y: y + bar / 2, size: Math.min(11, bar), opacity: 0.72 })}<title>${name}: no images</title></g>`;
  }
  const { mean, min, max, n } = value;
  const spread = n > 1 ? ` (${tell(min)} to ${tell(max)}, ${n} seeds)` : '';
  const middle = px(y + (bar - 1) / 2);
  return html`<g><rect class="bar" x="${px(at(0))}" y="${px(y)}" width="${px(Math.max(0.5, at(mean) - at(0)))}" height="${px(bar - 1)}" fill="${color}"/>${
    n > 1 &&
    html`<path d="M${px(at(min))},${middle}H${px(at(max))}" stroke="currentColor" stroke-width="1.2"/>`
  }${numbered && label(tell(mean), { x: at(Math.max(mean, max)) + 4, y: y + (bar - 1) / 2, size: 11 })}<title>${name}: ${tell(mean)} %${spread}</title></g>`;
}

/**
 * The same as a table, in percent, with the mean over the classes that have images.
 *
 * @throws UserError where there is nothing to show, or values that do not fit the classes
 *
 * @example
 * ```ts
 * process.stdout.write(alignedTable(classTable(series, ['car', 'bus'])));
 * ```
 */
export function classTable(series: readonly ClassSeries[], classes: readonly string[]): TextTable {
  requireFit(series, classes);
  return {
    columns: [{ title: 'Class' }, ...series.map((one) => ({ title: one.label, align: 'right' as const }))],
    rows: [
      ...classes.map((name, i) => [
        { text: name },
        ...series.map(({ values }) => ({ text: cellOf(values[i]) })),
      ]),
      [{ text: 'mean' }, ...series.map((one) => ({ text: tell(meanOf(one)), strong: series.length === 1 }))],
    ],
  };
}

const tell = (value: number): string => (value * 100).toFixed(1);
const cellOf = (value: Statistic | undefined): string =>
  value === undefined
    ? '—'
    : value.std === undefined
      ? tell(value.mean)
      : `${tell(value.mean)} ± ${tell(value.std)}`;

function meanOf({ values }: ClassSeries): number {
  const there = values.flatMap((value) => value?.mean ?? []);
  return there.reduce((sum, value) => sum + value, 0) / Math.max(1, there.length);
}

function requireFit(series: readonly ClassSeries[], classes: readonly string[]): void {
  const wrong = series.find(({ values }) => values.length !== classes.length);
  if (series.length > 0 && classes.length > 0 && wrong === undefined) return;
  throw new UserError({
    what: 'the bars by class cannot be drawn',
    got:
      wrong === undefined
        ? `${series.length} methods, ${classes.length} classes`
        : `${wrong.values.length} values of ${wrong.label}, ${classes.length} classes`,
    expected: 'one value a class for each of at least one method',
  });
}
