import { type HtmlPart, html, type SafeHtml, trustedHtml } from '../html.js';

/** What a figure consists of. */
export interface SvgFigure {
  width: number;
  height: number;
  /** What the figure shows, read out in its place. */
  description: string;
  /** Rules for a dark page. */
  dark: string;
  body: HtmlPart;
}

/** Size of a figure's text in CSS pixels. */
export const FONT = 13;

/** An estimate of a text's width in CSS pixels. */
export const textWidth = (text: string, size = FONT): number => [...text].length * size * 0.58;

/** The text cut with an ellipsis where it would be wider. */
export function cutText(text: string, width: number, size = FONT): string {
  const letters = [...text];
  const most = Math.max(1, Math.floor(width / (size * 0.58)));
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** Coordinates to a tenth of a pixel. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** An SVG that stands alone: text takes the colour around it, a style sheet inside turns it dark. */
export function svgFigure({ width, height, description, dark, body }: SvgFigure): string {
  const style = `@media (prefers-color-scheme: dark){${dark}}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="syn2real-figure" width="${width}" height="${px(height)}" viewBox="0 0 ${width} ${px(height)}" fill="currentColor" font-family="system-ui, sans-serif" font-size="${FONT}" role="img"><desc>${description}</desc><style>${trustedHtml(style)}</style>${body}</svg>`
    .markup;
}

/** A text at a place. */
export const label = (
  text: string,
  { x, y, anchor = 'start', size, weight, opacity, turn }: LabelPlace,
): SafeHtml =>
  html`<text x="${px(x)}" y="${px(y)}" dy="0.35em" text-anchor="${anchor}"${attribute('font-size', size)}${attribute('font-weight', weight)}${attribute('fill-opacity', opacity)}${attribute('transform', turn === undefined ? undefined : `rotate(${turn} ${px(x)} ${px(y)})`)}>${text}</text>`;

/** Where and how a {@link label} stands. */
export interface LabelPlace {
  x: number;
  y: number;
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  weight?: number;
  opacity?: number;
  /** Degrees, clockwise. */
  turn?: number;
}

const attribute = (name: string, value: string | number | undefined): SafeHtml | undefined =>
  value === undefined ? undefined : trustedHtml(` ${name}="${value}"`);
