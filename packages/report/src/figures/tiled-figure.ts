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
  const heights = Array.from({ length: Math.ceil(figures.length / columns) }, (_, row) =>
    Math.max(...sizes.slice(row * columns, (row + 1) * columns).map(({ height }) => height)),
  );
  const across = Math.max(...sizes.map(({ width }) => width)) + gap;
  const top = (row: number): number => heights.slice(0, row).reduce((sum, height) => sum + height + gap, 0);
  const tiles = figures.map((svg, index) => {
    const x = (index % columns) * across;
    const y = top(Math.floor(index / columns));
    return html`<g transform="translate(${px(x)},${px(y)})">${trustedHtml(svg.slice(svg.indexOf('<svg')))}</g>`;
  });
  return svgFigure({
    width: Math.min(columns, figures.length) * across - gap,
    height: top(heights.length) - gap,
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
