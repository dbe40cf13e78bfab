import * as Plot from '@observablehq/plot';
import { UserError } from '@syn2real/core';
import { parseHTML } from 'linkedom';
import { displayText } from './display-text.js';
import { drawLegend, legendHeight } from './figure-legend.js';
import type { LineCurve, LinePoint } from './line-curve.js';
import { darkFigureRules, seriesStyle } from './palette.js';

/** Options of {@link lineFigure}. */
export interface LineFigureOptions {
  /** What the horizontal axis counts. Default "Epoch". */
  xTitle?: string;
  /** Title of the vertical axis, with its unit. */
  yTitle: string;
  /** Values are fractions, drawn and told in percent. Default false. */
  percent?: boolean;
  /** Decimals in tooltips and the description. Default 1 in percent, else 3. */
  digits?: number;
  /** Bounds of the vertical axis. Default: around the data. */
  domain?: readonly [number, number];
  /** Width in CSS pixels. Default 460, which stays legible on a phone. */
  width?: number;
  /** Height of the plot in CSS pixels; the legend's rows come on top of it. Default 300. */
  height?: number;
}

const fontSize = 13;
/** More markers than this on a line would hide it. */
const MARKERS = 32;

/**
 * Curves as an SVG: one line a curve (the mean over its seeds), a band from the lowest to the highest seed, markers whose
 * tooltips have the numbers, and a legend.
 *
 * The figure stands alone: text takes the colour around it, and a style sheet inside turns the series' colours for a
 * dark page. Curves differ by colour, marker shape and, from the seventh on, dashes.
 *
 * @throws UserError where there is no point to draw
 *
 * @example
 * ```ts
 * const points = [0.1, 0.4, 0.5].map((y, x) => ({ x, ...statistic([y, y + 0.05])! }));
 * const svg = lineFigure([{ label: 'A', series: 0, n: 2, points }], { yTitle: 'Accuracy (%)', percent: true });
 * ```
 */
export function lineFigure(
  curves: readonly LineCurve[],
  {
    xTitle = 'Epoch',
    yTitle,
    percent = false,
    digits = percent ? 1 : 3,
    domain,
    width = 460,
    height = 300,
  }: LineFigureOptions,
): string {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) {
    throw new UserError({
      what: 'the figure has no curve',
      got: `${curves.length} curves without a point`,
      expected: 'at least one reading',
      fix: 'leave this figure out, or give runs that recorded it',
    });
  }
  const scale = percent ? 100 : 1;
  const bounds = domain ?? (percent ? percentDomain(points) : valueDomain(points));
  const told = (value: number): string => (value * scale).toFixed(digits);
  const unit = percent ? ' %' : '';
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const top = legendHeight(curves, { width, fontSize });
  const svg = Plot.plot({
    document,
    width,
    height: height + top,
    marginTop: top + 12,
    marginLeft: bounds[1] < 1 ? 48 : 40,
    marginRight: 14,
    marginBottom: 44,
    style: { fontSize: `${fontSize}px`, background: 'none' },
    ariaLabel: `${yTitle} per ${xTitle.toLowerCase()}`,
    x: {
      label: xTitle,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: wholeTicks(points),
      tickFormat: 'd',
      tickSize: 4,
      insetLeft: 8,
      insetRight: 8,
    },
    y: { label: null, domain: bounds, ticks: 5, tickSize: 0 },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'currentColor', strokeOpacity: 0.14 }),
      Plot.ruleY([bounds[0]], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...curves.filter((curve) => curve.n > 1).map((curve) => band(curve, scale)),
      ...curves.map((curve) => line(curve, scale)),
      ...curves.map((curve) =>
        dots(curve, scale, (p) => {
          const reading = `${displayText(curve.label)}, ${xTitle.toLowerCase()} ${p.x}: ${told(p.mean)}${unit}`;
          return p.n === 1 ? reading : `${reading} (${told(p.min)} to ${told(p.max)}, ${p.n} seeds)`;
        }),
      ),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('class', `${svg.getAttribute('class') ?? ''} syn2real-figure`.trim());
  const style = document.createElement('style');
  style.textContent = `@media (prefers-color-scheme: dark){${darkFigureRules('.syn2real-figure')}}`;
  // Labels go into text only: as an attribute, "<" would leave the SVG no well-formed XML.
  const description = document.createElementNS('http://www.w3.org/2000/svg', 'desc');
  description.textContent = curves
    .flatMap(({ label, points: [...own] }) => {
      const last = own.at(-1);
      return last === undefined
        ? []
        : [`${displayText(label)}: ${told(last.mean)}${unit} at ${xTitle.toLowerCase()} ${last.x}`];
    })
    .join('; ');
  svg.prepend(description, style);
  drawLegend(document, svg, curves, yTitle, { width, fontSize });
  return svg.outerHTML;
}

const x = (p: LinePoint): number => p.x;

const band = ({ series, points }: LineCurve, scale: number) =>
  Plot.areaY(points, {
    x,
    y1: (p: LinePoint) => p.min * scale,
    y2: (p: LinePoint) => p.max * scale,
    fill: seriesStyle(series).color,
    fillOpacity: 0.2,
  });

const line = ({ series, points }: LineCurve, scale: number) =>
  Plot.lineY(points, {
    x,
    y: (p: LinePoint) => p.mean * scale,
    stroke: seriesStyle(series).color,
    strokeWidth: 2,
    strokeDasharray: seriesStyle(series).dash,
  });

const dots = ({ series, points }: LineCurve, scale: number, title: (p: LinePoint) => string) => {
  const every = Math.ceil(points.length / MARKERS);
  return Plot.dot(
    points.filter((_, i) => i % every === 0),
    {
      x,
      y: (p: LinePoint) => p.mean * scale,
      fill: seriesStyle(series).color,
      symbol: seriesStyle(series).marker,
      r: 3.5,
      title,
    },
  );
};

/** Whole numbers, at most nine of them. */
function wholeTicks(points: readonly LinePoint[]): number[] {
  const all = points.map((p) => p.x);
  const first = Math.min(...all);
  const last = Math.max(...all);
  const size = [1, 2, 5].flatMap((m) => [m, m * 10, m * 100, m * 1000]).sort((a, b) => a - b);
  const step = size.find((s) => (last - first) / s <= 8) ?? last - first;
  const from = Math.ceil(first / step) * step;
  return Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, i) => from + i * step);
}

/** Bounds in percent on multiples of five around the data, at least ten apart. */
function percentDomain(points: readonly LinePoint[]): [number, number] {
  const low = Math.max(0, Math.floor((Math.min(...points.map((p) => p.min)) * 100 - 1) / 5) * 5);
  const high = Math.min(100, Math.ceil((Math.max(...points.map((p) => p.max)) * 100 + 1) / 5) * 5);
  return high - low >= 10 ? [low, high] : [Math.max(0, high - 10), Math.max(10, high)];
}

/** From 0, or a little below the data where it is negative, to a little above it. */
function valueDomain(points: readonly LinePoint[]): [number, number] {
  const low = Math.min(0, ...points.map((p) => p.min));
  const high = Math.max(0, ...points.map((p) => p.max));
  const room = (high - low) * 0.05;
  return high === low ? [low, low + 1] : [low < 0 ? low - room : 0, high + room];
}
