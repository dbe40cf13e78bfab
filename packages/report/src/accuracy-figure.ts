import * as Plot from '@observablehq/plot';
import { UserError } from '@syn2real/core';
import { parseHTML } from 'linkedom';
import { type AccuracyCurve, accuracyCurves, type Metric } from './accuracy-curves.js';
import { displayText } from './display-text.js';
import { drawLegend, legendHeight } from './figure-legend.js';
import { darkFigureRules, seriesStyle } from './palette.js';
import type { RunRecord } from './run-record.js';

/** Options of {@link accuracyFigure}. */
export interface AccuracyFigureOptions {
  /** Which accuracy the figure shows. */
  metric: Metric;
  /** Width in CSS pixels. Default 460, which stays legible on a phone. */
  width?: number;
  /** Height of the plot in CSS pixels; the legend's rows come on top of it. Default 300. */
  height?: number;
}

/** What each metric is called on a figure's axis. */
export const metricTitles: Readonly<Record<Metric, string>> = {
  target: 'Target mean-class accuracy (%)',
  retention: 'Old-task accuracy, retention (%)',
  source: 'Source mean-class accuracy (%)',
};

const fontSize = 13;

/**
 * Accuracy per epoch as an SVG: one line a method (the mean over its seeds), a band from the lowest to the highest seed,
 * a marker at each reading whose tooltip has the numbers, and a legend.
 *
 * The figure stands alone: text takes the colour around it, and a style sheet inside turns the series' colours for a
 * dark page. Methods differ by colour, marker shape and, from the seventh on, dashes.
 *
 * @param runs - from {@link readRuns}
 * @throws UserError where no run recorded the metric
 *
 * @example
 * ```ts
 * await writeFile('target.svg', accuracyFigure(runs, { metric: 'target' }));
 * ```
 */
export function accuracyFigure(
  runs: readonly RunRecord[],
  { metric, width = 460, height = 300 }: AccuracyFigureOptions,
): string {
  const curves = accuracyCurves(runs, metric);
  if (curves.length === 0) {
    throw new UserError({
      what: `no ${metric} curve can be drawn`,
      got: `${runs.length} runs, none with ${metric} readings in log.jsonl`,
      expected: 'runs that read it each epoch',
      fix: 'leave this figure out, or give runs that recorded it',
    });
  }
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const top = legendHeight(curves, { width, fontSize });
  const svg = Plot.plot({
    document,
    width,
    height: height + top,
    marginTop: top + 12,
    marginLeft: 40,
    marginRight: 14,
    marginBottom: 44,
    style: { fontSize: `${fontSize}px`, background: 'none' },
    ariaLabel: `${metricTitles[metric]} per epoch`,
    x: {
      label: 'Epoch',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: epochTicks(curves),
      tickFormat: 'd',
      tickSize: 4,
      insetLeft: 8,
      insetRight: 8,
    },
    y: { label: null, domain: accuracyDomain(curves), ticks: 5, tickSize: 0 },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'currentColor', strokeOpacity: 0.14 }),
      Plot.ruleY([accuracyDomain(curves)[0]], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...curves.filter((curve) => curve.n > 1).map(band),
      ...curves.map(line),
      ...curves.map(dots),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('class', `${svg.getAttribute('class') ?? ''} syn2real-figure`.trim());
  const style = document.createElement('style');
  style.textContent = `@media (prefers-color-scheme: dark){${darkFigureRules('.syn2real-figure')}}`;
  // Labels go into text only: as an attribute, "<" would leave the SVG no well-formed XML.
  const description = document.createElementNS('http://www.w3.org/2000/svg', 'desc');
  description.textContent = describe(curves);
  svg.prepend(description, style);
  drawLegend(document, svg, curves, metricTitles[metric], { width, fontSize });
  return svg.outerHTML;
}

type Point = AccuracyCurve['points'][number];
const x = (p: Point): number => p.epoch;

const band = ({ series, points }: AccuracyCurve) =>
  Plot.areaY(points, {
    x,
    y1: (p: Point) => p.min * 100,
    y2: (p: Point) => p.max * 100,
    fill: seriesStyle(series).color,
    fillOpacity: 0.2,
  });

const line = ({ series, points }: AccuracyCurve) =>
  Plot.lineY(points, {
    x,
    y: (p: Point) => p.mean * 100,
    stroke: seriesStyle(series).color,
    strokeWidth: 2,
    strokeDasharray: seriesStyle(series).dash,
  });

const dots = ({ label, series, points }: AccuracyCurve) =>
  Plot.dot(points, {
    x,
    y: (p: Point) => p.mean * 100,
    fill: seriesStyle(series).color,
    symbol: seriesStyle(series).marker,
    r: 3.5,
    title: (p: Point) => tooltip(label, p),
  });

function tooltip(label: string, { epoch, mean, min, max, n }: Point): string {
  const reading = `${displayText(label)}, epoch ${epoch}: ${percentOf(mean)} %`;
  return n === 1 ? reading : `${reading} (${percentOf(min)} to ${percentOf(max)}, ${n} seeds)`;
}

const percentOf = (fraction: number): string => (fraction * 100).toFixed(1);

const describe = (curves: readonly AccuracyCurve[]): string =>
  curves
    .map(({ label, points }) => {
      const last = points.at(-1)!;
      return `${displayText(label)}: ${percentOf(last.mean)} % at epoch ${last.epoch}`;
    })
    .join('; ');

/** Whole epochs, at most nine of them. */
function epochTicks(curves: readonly AccuracyCurve[]): number[] {
  const epochs = curves.flatMap((curve) => curve.points.map((p) => p.epoch));
  const first = Math.min(...epochs);
  const last = Math.max(...epochs);
  const size = [1, 2, 5].flatMap((m) => [m, m * 10, m * 100, m * 1000]).sort((a, b) => a - b);
  const step = size.find((s) => (last - first) / s <= 8) ?? last - first;
  const from = Math.ceil(first / step) * step;
  return Array.from({ length: Math.floor((last - from) / step) + 1 }, (_, i) => from + i * step);
}

/** Bounds in percent on multiples of five around the data, at least ten apart. */
function accuracyDomain(curves: readonly AccuracyCurve[]): [number, number] {
  const points = curves.flatMap((curve) => curve.points);
  const low = Math.max(0, Math.floor((Math.min(...points.map((p) => p.min)) * 100 - 1) / 5) * 5);
  const high = Math.min(100, Math.ceil((Math.max(...points.map((p) => p.max)) * 100 + 1) / 5) * 5);
  return high - low >= 10 ? [low, high] : [Math.max(0, high - 10), Math.max(10, high)];
}
