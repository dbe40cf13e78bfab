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
import { displayText } from './display-text.js';
import type { LineCurve } from './line-curve.js';
import { seriesStyle } from './palette.js';

/** The room that a legend has. */
export interface LegendBox {
  width: number;
  fontSize: number;
}

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
const keyWidth = 27;
const gap = 18;

/** Height of the legend: its rows, the line that explains the band, and the vertical axis's title. */
export function legendHeight(curves: readonly LineCurve[], box: LegendBox): number {
  return titleTop(curves, layOut(curves, box), box) + rowHeight(box);
}

const rowHeight = ({ fontSize }: LegendBox): number => Math.round(fontSize * 1.5);
const hasBand = (curves: readonly LineCurve[]): boolean => curves.some((curve) => curve.n > 1);
const rows = (entries: readonly Entry[]): number => (entries.at(-1)?.row ?? 0) + 1;
const titleTop = (curves: readonly LineCurve[], entries: readonly Entry[], box: LegendBox): number =>
  (rows(entries) + (hasBand(curves) ? 1 : 0)) * rowHeight(box) + box.fontSize;

/** Entries side by side, wrapped to the width; the widths of texts are estimated from their letters. */
function layOut(curves: readonly LineCurve[], { width, fontSize }: LegendBox): Entry[] {
  const longest = Math.floor((width - keyWidth) / (fontSize * 0.58));
  let x = 0;
  let row = 0;
  return curves.map(({ label, series }) => {
    const letters = [...displayText(label)];
    const text = letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : letters.join('');
    const size = keyWidth + [...text].length * fontSize * 0.58;
    if (x > 0 && x + size > width) {
      x = 0;
      row += 1;
    }
    const entry = { text, series, x, row };
    x += size + gap;
    return entry;
  });
}

/** Draws the legend, the explanation of the band and the vertical axis's title at the top of the figure. */
export function drawLegend(
  document: Document,
  svg: Element,
  curves: readonly LineCurve[],
  axisTitle: string,
  box: LegendBox,
): void {
  const element = (name: string, attributes: Record<string, string | number>, text?: string): Element => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const height = rowHeight(box);
  const entries = layOut(curves, box);
  const legend = element('g', { 'aria-label': 'legend', 'text-anchor': 'start' });
  for (const { text, series, x, row } of entries) {
    const { color, marker, dash } = seriesStyle(series);
    const entry = element('g', { transform: `translate(${x.toFixed(1)},${row * height + height / 2})` });
    const line = { d: 'M1,0H21', stroke: color, 'stroke-width': 2 };
    entry.append(
      element('path', dash === undefined ? line : { ...line, 'stroke-dasharray': dash }),
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
    legend.append(
      element(
        'text',
        {
          y: (rows(entries) + 0.5) * height,
          dy: '0.35em',
          'font-size': box.fontSize - 1,
          'fill-opacity': 0.72,
        },
        'Line: mean over seeds. Band: lowest to highest seed.',
      ),
    );
  }
  legend.append(
    element(
      'text',
      { y: titleTop(curves, entries, box) + height / 2, dy: '0.35em', 'font-weight': 600 },
      axisTitle,
    ),
  );
  svg.append(legend);
}
