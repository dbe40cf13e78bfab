import { UserError } from '@syn2real/core';
import { html, trustedHtml } from '../html.js';
import { px, svgFigure } from './svg-figure.js';

/** Options of {@link tiledFigure}. */
export interface TiledFigureOptions {
  /** Figures in a row. Default 2. */
  columns?: number;
  /** Space between figures in CSS pixels. Default 24. */
  gap?: number;
}

/**
 * Figures of this package side by side in one SVG, row by row; each row is as high as its highest figure.
 *
 * @param figures - SVG documents, as {@link scatterFigure} makes them
 * @throws UserError where there is none, or one says no size
 *
 * @example
 * ```ts
 * const svg = tiledFigure([scatterFigure(before, options), scatterFigure(after, options)]);
 * ```
 */
export function tiledFigure(
  figures: readonly string[],
  { columns = 2, gap = 24 }: TiledFigureOptions = {},
): string {
  if (figures.length === 0) {
    throw new UserError({ what: 'there is no figure to put beside others', expected: 'one or more' });
  }
  const sizes = figures.map(sizeOf);
  const rows = Array.from({ length: Math.ceil(figures.length / columns) }, (_, row) =>
    sizes.slice(row * columns, (row + 1) * columns),
  );
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const width = Math.max(...sizes.map((size) => size.width));
  const before = (count: number, size: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => size(index) + gap).reduce((a, b) => a + b, 0);
  const across = Math.min(columns, figures.length);
  const tiles = figures.map((svg, index) => {
    const x = before(index % columns, () => width);
    const y = before(Math.floor(index / columns), (row) => heights[row]!);
    return html`<g transform="translate(${px(x)},${px(y)})">${trustedHtml(svg.slice(svg.indexOf('<svg')))}</g>`;
  });
  return svgFigure({
    width: before(across, () => width) - gap,
    height: before(rows.length, (row) => heights[row]!) - gap,
    description: `${figures.length} figures.`,
    dark: '',
    body: html`${tiles}`,
  });
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /<svg [^>]*?\bwidth="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  if (width === undefined || height === undefined) {
    throw new UserError({
      what: 'a figure cannot be put beside others',
      got: svg.slice(0, 60),
      expected: 'an SVG with its width and height',
    });
  }
  return { width: Number(width), height: Number(height) };
}
