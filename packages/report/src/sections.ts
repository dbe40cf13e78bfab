import { UserError } from '@syn2real/core';
import { type HtmlPart, html, type SafeHtml, trustedHtml } from './html.js';

/** A part of the report under a heading of its own. */
export interface ReportSection {
  title: string;
  body: SafeHtml;
  /** The page's script works on it. Default false. */
  interactive?: boolean;
}

/**
 * A figure with its caption, the SVG inline.
 *
 * @param svg - SVG that this program made, as from {@link accuracyFigure}: it goes in as it is
 * @param caption - text, escaped
 * @throws UserError where `svg` is not an `<svg>` element
 *
 * @example
 * ```ts
 * const section = { title: 'Old task', body: figureHtml(accuracyFigure(runs, { metric: 'retention' }), 'Per epoch.') };
 * ```
 */
export function figureHtml(svg: string, caption: HtmlPart): SafeHtml {
  const element = svg.slice(Math.max(0, svg.indexOf('<svg'))).trim();
  if (!/^<svg[\s>]/.test(element) || !element.endsWith('</svg>')) {
    throw new UserError({
      what: 'a figure of the report is not SVG',
      got: JSON.stringify(svg.slice(0, 40)),
      expected: 'one <svg> element',
    });
  }
  return html`<figure class="plot">${trustedHtml(element)}<figcaption>${caption}</figcaption></figure>`;
}
