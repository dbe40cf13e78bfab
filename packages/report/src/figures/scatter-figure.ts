import { UserError } from '@syn2real/core';
import { displayText } from '../display-text.js';
import { html, type SafeHtml } from '../html.js';
import { classColor, darkClassRules, squarePoints } from './class-palette.js';
import { cutText, FONT, label, px, svgFigure, textWidth } from './svg-figure.js';

/** What the points of a scatter figure are. */
export interface ScatterOptions {
  /** Each point's class, an index of `classes`; others are drawn grey. */
  labels: ArrayLike<number>;
  classes: readonly string[];
  /** Above the points. */
  title?: string;
  /** Below the points. Default true. */
  legend?: boolean;
  /** Diameter of a point in CSS pixels. Default 4. */
  size?: number;
  /** Width in CSS pixels; the points' field is as high. Default 460. */
  width?: number;
}

/** Class index → its points' places, −1 for unknown classes. */
type Groups = ReadonlyMap<number, readonly number[]>;

const MARGIN = 8;

/**
 * Points in the plane, coloured by class, as an SVG. Every second class has square points, and each class's name stands at the
 * middle of its points, so that colour is not the only sign. One path a class: 2,000 points are some 25 kB.
 *
 * @param points - `[n, 2]`, as from {@link embed}
 * @throws UserError where there is no point, one that is not finite, or a label is missing
 *
 * @example
 * ```ts
 * const svg = scatterFigure(Float32Array.from([0, 0, 1, 1]), { labels: [0, 1], classes: ['car', 'bus'] });
 * ```
 */
export function scatterFigure(
  points: Float32Array,
  { labels, classes, title, legend = true, size = 4, width = 460 }: ScatterOptions,
): string {
  requirePoints(points, labels);
  const place = placed(points, width, title === undefined ? 0 : FONT * 1.8);
  const groups = groupsOf(labels, classes.length);
  const names = classes.map((name) => displayText(name));
  const field = width + (title === undefined ? 0 : FONT * 1.8);
  const shown = [...groups].sort(([a], [b]) => a - b);
  const keys = legend ? legendOf(names, shown, width) : { height: 0, body: [] };
  const paths = shown.map(
    ([index, members]) =>
      html`<path data-class="${index}" d="${members.map((i) => `M${place(i)}h0`).join('')}" fill="none" stroke="${index < 0 ? 'currentColor' : classColor(index)}" stroke-opacity="${index < 0 ? 0.3 : 0.75}" stroke-width="${size}" stroke-linecap="${index >= 0 && squarePoints(index) ? 'square' : 'round'}"/>`,
  );
  return svgFigure({
    width,
    height: field + keys.height,
    description: `${title === undefined ? '' : `${displayText(title)}: `}${points.length / 2} points of ${shown.length} classes.`,
    dark: `${darkClassRules('.syn2real-figure')}.syn2real-figure .halo text{stroke:#14171c}`,
    body: html`${title !== undefined && label(cutText(displayText(title), width - 8), { x: 0, y: FONT * 0.7, weight: 600 })}<rect x="0.5" y="${px(field - width + 0.5)}" width="${width - 1}" height="${width - 1}" rx="6" fill="none" stroke="currentColor" stroke-opacity="0.2"/><g class="points">${paths}</g><g class="halo" pointer-events="none">${namesAt(names, shown, place)}</g><g aria-label="legend" transform="translate(0,${px(field + 6)})">${keys.body}</g>`,
  });
}

/** Each point's place in the square field, as "x,y" in tenths of a pixel; one scale for both axes. */
function placed(points: Float32Array, width: number, top: number): (i: number) => string {
  const axis = (offset: number) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = offset; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    return { middle: (low + high) / 2, range: high - low };
  };
  const [x, y] = [axis(0), axis(1)];
  const scale = (width - 4 * MARGIN) / (Math.max(x.range, y.range) || 1);
  const at = (value: number, { middle }: { middle: number }) => width / 2 + (value - middle) * scale;
  return (i) => `${px(at(points[2 * i]!, x))},${px(top + at(points[2 * i + 1]!, y))}`;
}

function groupsOf(labels: ArrayLike<number>, classes: number): Groups {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i += 1) {
    const given = labels[i]!;
    const index = Number.isInteger(given) && given >= 0 && given < classes ? given : -1;
    const members = groups.get(index) ?? [];
    members.push(i);
    groups.set(index, members);
  }
  return groups;
}

/** Each class's name at the median of its points, moved down where it would cover another. */
function namesAt(
  names: readonly string[],
  groups: readonly (readonly [number, readonly number[]])[],
  place: (i: number) => string,
): SafeHtml[] {
  const taken: { x: number; y: number; half: number }[] = [];
  return groups.flatMap(([index, members]) => {
    if (index < 0) return [];
    const places = members.map((i) => place(i).split(',').map(Number));
    const median = (axis: number) =>
      places.map((at) => at[axis] ?? 0).sort((a, b) => a - b)[members.length >> 1]!;
    const text = cutText(names[index] ?? '', 90, 11);
    const at = { x: median(0), y: median(1), half: textWidth(text, 11) / 2 };
    for (const other of [...taken].sort((a, b) => a.y - b.y)) {
      const close = Math.abs(other.x - at.x) < other.half + at.half && Math.abs(other.y - at.y) < 13;
      if (close) at.y = other.y + 13;
    }
    taken.push(at);
    return [
      html`<g data-class="${index}" stroke="none"><text x="${px(at.x)}" y="${px(at.y)}" dy="0.35em" text-anchor="middle" font-size="11" font-weight="600" fill="currentColor" stroke="#fff" stroke-opacity="0.8" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${text}</text></g>`,
    ];
  });
}

function legendOf(
  names: readonly string[],
  groups: readonly (readonly [number, readonly number[]])[],
  width: number,
): { height: number; body: SafeHtml[] } {
  let [x, y] = [0, FONT * 0.8];
  const body = groups.map(([index]) => {
    const text = index < 0 ? 'unknown class' : cutText(names[index] ?? '', width - 24);
    const needed = textWidth(text) + 30;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += FONT * 1.5;
    }
    const key = html`<path d="M${px(x + 6)},${px(y)}h0" stroke="${index < 0 ? 'currentColor' : classColor(index)}" stroke-width="9" stroke-linecap="${index >= 0 && squarePoints(index) ? 'square' : 'round'}"/>${label(text, { x: x + 16, y })}`;
    x += needed;
    return key;
  });
  return { height: y + FONT * 1.2 + 6, body };
}

function requirePoints(points: Float32Array, labels: ArrayLike<number>): void {
  const fits = points.length > 0 && points.length === 2 * labels.length;
  if (fits && points.every(Number.isFinite)) return;
  throw new UserError({
    what: 'the points cannot be drawn',
    got: fits ? 'points that are not finite' : `${points.length / 2} points, ${labels.length} labels`,
    expected: 'at least one point, each finite and with a label',
  });
}
