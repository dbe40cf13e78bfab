import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
import type { AccuracyCurve } from './accuracy-curves.js';
import { displayText } from './display-text.js';
import { seriesStyle } from './palette.js';

interface Entry {
  text: string;
  series: number;
  x: number;
  row: number;
}

const shapes = {
  circle: symbolCircle,
  square: symbolSquare,
  triangle: symbolTriangle,
  diamond: symbolDiamond,
  star: symbolStar,
  cross: symbolCross,
  wye: symbolWye,
};
const keyWidth = 26;
const gap = 18;
const longest = 44;

/** Height of the legend's rows and of the line that explains the band. */
export function legendHeight(curves: readonly AccuracyCurve[], width: number, fontSize: number): number {
  return (lastRow(layOut(curves, width, fontSize)) + 1 + (hasBand(curves) ? 1 : 0)) * rowHeight(fontSize);
}

const rowHeight = (fontSize: number): number => Math.round(fontSize * 1.55);
const lastRow = (entries: readonly Entry[]): number => entries.at(-1)?.row ?? 0;
const hasBand = (curves: readonly AccuracyCurve[]): boolean => curves.some((curve) => curve.n > 1);

/** Entries side by side, wrapped to the width; text widths are estimated from the letters. */
function layOut(curves: readonly AccuracyCurve[], width: number, fontSize: number): Entry[] {
  let x = 0;
  let row = 0;
  return curves.map(({ label, series }) => {
    const whole = displayText(label);
    const text = [...whole].length > longest ? `${[...whole].slice(0, longest - 1).join('')}…` : whole;
    const size = keyWidth + [...text].length * fontSize * 0.58 + gap;
    if (x > 0 && x + size - gap > width) {
      x = 0;
      row += 1;
    }
    const entry = { text, series, x, row };
    x += size;
    return entry;
  });
}

/** Draws the legend at the top of the figure. */
export function drawLegend(
  document: Document,
  svg: Element,
  curves: readonly AccuracyCurve[],
  width: number,
  fontSize: number,
): void {
  const element = (name: string, attributes: Record<string, string | number>, text?: string): Element => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const legend = element('g', { 'aria-label': 'legend', 'text-anchor': 'start' });
  const height = rowHeight(fontSize);
  const entries = layOut(curves, width, fontSize);
  for (const { text, series, x, row } of entries) {
    const { color, marker, dash } = seriesStyle(series);
    const entry = element('g', { transform: `translate(${x.toFixed(1)},${row * height + height / 2})` });
    entry.append(
      element('path', {
        d: 'M1,0H21',
        stroke: color,
        'stroke-width': 2,
        ...(dash === undefined ? {} : { 'stroke-dasharray': dash }),
      }),
      element('path', {
        d: symbol(shapes[marker], Math.PI * 3.5 ** 2)() ?? '',
        fill: color,
        transform: 'translate(11,0)',
      }),
      element('text', { x: keyWidth, dy: '0.35em' }, text),
    );
    legend.append(entry);
  }
  if (hasBand(curves)) {
    const y = (lastRow(entries) + 1.5) * height;
    legend.append(
      element(
        'text',
        { x: 0, y, dy: '0.35em', 'font-size': fontSize - 2, 'fill-opacity': 0.75 },
        'Line: mean over seeds. Band: lowest to highest seed.',
      ),
    );
  }
  svg.append(legend);
}
