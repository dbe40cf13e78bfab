import { displayText } from './display-text.js';

const trusted: unique symbol = Symbol('trusted markup');

/** Markup that is safe to place in a page: made by {@link html} or {@link trustedHtml} only. */
export interface SafeHtml {
  readonly markup: string;
  readonly [trusted]: true;
}

/** What {@link html} takes between its braces. Strings and numbers are escaped; nothing is printed for the empty ones. */
export type HtmlPart = SafeHtml | string | number | null | undefined | false | readonly HtmlPart[];

/**
 * Marks a string as markup, unescaped: for markup you made yourself, such as a figure's SVG. Never for text from a file.
 *
 * @example
 * ```ts
 * trustedHtml('<hr>').markup; // '<hr>'
 * ```
 */
export function trustedHtml(markup: string): SafeHtml {
  return { markup, [trusted]: true };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  displayText(text, { keepNewlines: true }).replace(/[&<>"']/g, (c) => entities[c] ?? c);

const isSafe = (part: HtmlPart): part is SafeHtml =>
  typeof part === 'object' && part !== null && trusted in part;

const render = (part: HtmlPart): string => {
  if (part === null || part === undefined || part === false) return '';
  if (isSafe(part)) return part.markup;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
};

/**
 * A template tag whose values are escaped, in text and in quoted attributes alike; {@link SafeHtml} goes in as it is.
 *
 * @example
 * ```ts
 * html`<p title="${'"'}">${'<b>'}</p>`.markup; // '<p title="&quot;">&lt;b&gt;</p>'
 * ```
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): SafeHtml {
  return trustedHtml(strings.reduce((out, text, i) => out + render(parts[i - 1]) + text));
}
