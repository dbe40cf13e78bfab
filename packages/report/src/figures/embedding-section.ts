import { html, type SafeHtml } from '../html.js';
import { figureHtml, type ReportSection } from '../sections.js';
import { htmlTable } from '../text-table.js';
import { classColor, squarePoints } from './class-palette.js';
import { scatterFigure } from './scatter-figure.js';

/** One embedding: a method's features in the plane. */
export interface EmbeddingPanel {
  title: string;
  /** `[n, 2]`, as from {@link embed}. */
  points: Float32Array;
  /** Each point's class. */
  labels: ArrayLike<number>;
}

/** Options of {@link embeddingSection}. */
export interface EmbeddingSectionOptions {
  classes: readonly string[];
  /** Default "Features in the plane". */
  title?: string;
  /** Below the panels. Default: what the points are, and what the axes are not. */
  caption?: string;
}

/**
 * Embeddings side by side, interactive where scripts run: a class's button shows or hides it in all panels, and pointing at a
 * point tells its class. Without scripts the figures stand as they are.
 *
 * @throws UserError where a panel cannot be drawn
 *
 * @example
 * ```ts
 * const section = embeddingSection([{ title: 'ASG', points, labels }], { classes: ['car', 'bus'] });
 * writeReport('report.html', { title: 'Features', runs, sections: [section] });
 * ```
 */
export function embeddingSection(
  panels: readonly EmbeddingPanel[],
  {
    classes,
    title = 'Features in the plane',
    caption = 'One point an image, coloured by its true class. Near points have similar features; the axes have no meaning, nor have distances between far groups.',
  }: EmbeddingSectionOptions,
): ReportSection {
  const there = classes.flatMap((name, index) =>
    panels.some(({ labels }) => Array.from(labels).includes(index)) ? [{ name, index }] : [],
  );
  const body = html`<div class="embedding"><div class="classes" role="group" aria-label="Classes shown">${there.map(
    ({ name, index }) =>
      html`<button type="button" data-toggle="${index}" aria-pressed="true"><svg class="syn2real-figure" width="12" height="12" aria-hidden="true"><path d="M6,6h0" stroke="${classColor(index)}" stroke-width="8" stroke-linecap="${squarePoints(index) ? 'square' : 'round'}"/></svg>${name}</button>`,
  )}</div><p class="pointed muted" aria-live="polite">&#160;</p><div class="figures">${panels.map(
    (panel) =>
      html`<div class="panel">${figureHtml(scatterFigure(panel.points, { ...panel, classes, legend: false }), `${panel.title}: ${panel.labels.length} images.`)}</div>`,
  )}</div><p class="muted">${caption}</p><details><summary>The figure’s numbers</summary>${countsOf(panels, there)}</details></div>`;
  return { title, body, interactive: true };
}

/** How many points a class has in each panel, and how many of their nearest points are of the same class. */
function countsOf(
  panels: readonly EmbeddingPanel[],
  classes: readonly { name: string; index: number }[],
): SafeHtml {
  const measured = panels.map(({ points, labels }) => neighbourShares(points, labels));
  return htmlTable(
    {
      columns: [
        { title: 'Class' },
        ...panels.map(({ title }) => ({
          title,
          detail: 'points; nearest is of the class',
          align: 'right' as const,
        })),
      ],
      rows: classes.map(({ name, index }) => [
        { text: name },
        ...measured.map((byClass) => {
          const own = byClass.get(index);
          return {
            text: own === undefined ? '—' : `${own.points}; ${((100 * own.near) / own.points).toFixed(1)} %`,
          };
        }),
      ]),
    },
    'Points by class',
  );
}

function neighbourShares(
  points: Float32Array,
  labels: ArrayLike<number>,
): Map<number, { points: number; near: number }> {
  const byClass = new Map<number, { points: number; near: number }>();
  for (let i = 0; i < labels.length; i += 1) {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    for (let j = 0; j < labels.length; j += 1) {
      const square = (points[2 * i]! - points[2 * j]!) ** 2 + (points[2 * i + 1]! - points[2 * j + 1]!) ** 2;
      if (j !== i && square < least) [nearest, least] = [j, square];
    }
    const own = byClass.get(labels[i]!) ?? { points: 0, near: 0 };
    own.points += 1;
    if (nearest >= 0 && labels[nearest] === labels[i]) own.near += 1;
    byClass.set(labels[i]!, own);
  }
  return byClass;
}
