/** One colour a series on a light and on a dark page. */
export interface Palette {
  light: readonly string[];
  dark: readonly string[];
}

/**
 * Six colours that stay apart for readers with protanopia, deuteranopia and tritanopia, each with a contrast of at least
 * 3 : 1 against its page (white, #14171c). From the seventh series on they repeat with dashed lines; marker shapes differ
 * throughout, so that colour is never the only sign.
 */
export const palette: Palette = {
  light: ['#3997e1', '#e3781d', '#07846e', '#820459', '#6b43bc', '#7e5600'],
  dark: ['#2e7cf6', '#f0832e', '#70d6bc', '#b04a78', '#c29bff', '#ffe05a'],
};

/** Marker shapes, one a series. */
export const markers = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye'] as const;

/** How a series is drawn. */
export interface SeriesStyle {
  color: string;
  marker: (typeof markers)[number];
  dash?: string;
}

/** The style of a series by its index, in the light palette (the dark one replaces its colours by style sheet). */
export function seriesStyle(series: number): SeriesStyle {
  const round = Math.floor(series / palette.light.length);
  const dashes = [undefined, '6 3', '2 3', '8 3 2 3'];
  return {
    color: palette.light[series % palette.light.length]!,
    marker: markers[series % markers.length]!,
    dash: dashes[round % dashes.length],
  };
}

/** Style rules that turn a figure's colours to the dark palette, for the figures inside `scope`. */
export const darkFigureRules = (scope: string): string => darkRules(scope, palette.light, palette.dark);

/** Style rules that put one colour in another's place, for the figures inside `scope`. */
export const darkRules = (scope: string, light: readonly string[], dark: readonly string[]): string =>
  light
    .map(
      (from, i) => `${scope} [stroke="${from}"]{stroke:${dark[i]}}${scope} [fill="${from}"]{fill:${dark[i]}}`,
    )
    .join('');
