import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { UserError } from '@syn2real/core';

/** Options of {@link svgToPng}. */
export interface SvgToPngOptions {
  /** Pixels for one CSS pixel of the figure. Default 2. */
  scale?: number;
  /** Background colour; "transparent" for none. Default "white". */
  background?: string;
  /** Empty border around the figure in CSS pixels. Default 16. */
  padding?: number;
}

const require = createRequire(import.meta.url);
const font = {
  fontFiles: [
    require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf'),
    require.resolve('@expo-google-fonts/open-sans/600SemiBold/OpenSans_600SemiBold.ttf'),
  ],
  loadSystemFonts: true,
  defaultFontFamily: 'Open Sans',
  sansSerifFamily: 'Open Sans',
};

/**
 * Renders an SVG figure to PNG, in its light colours. Text is set in Open Sans, which comes along with this package, so
 * that it looks the same on a machine without fonts; letters that Open Sans lacks come from the system's fonts.
 *
 * @param svg - a whole SVG document, as {@link accuracyFigure} makes it
 * @throws UserError where the SVG cannot be parsed
 *
 * @example
 * ```ts
 * await writeFile('target.png', svgToPng(accuracyFigure(runs, { metric: 'target' })));
 * ```
 */
export function svgToPng(
  svg: string,
  { scale = 2, background = 'white', padding = 16 }: SvgToPngOptions = {},
): Buffer {
  try {
    const { width, height } = new Resvg(svg, { font: { loadSystemFonts: false } });
    const sheet = `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 2 * padding}" height="${height + 2 * padding}"><g transform="translate(${padding},${padding})">${svg.slice(svg.indexOf('<svg'))}</g></svg>`;
    const resvg = new Resvg(sheet, {
      fitTo: { mode: 'zoom', value: scale },
      background: background === 'transparent' ? undefined : background,
      font,
    });
    return resvg.render().asPng();
  } catch (cause) {
    throw new UserError({
      what: 'the figure cannot be rendered to PNG',
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'a well-formed SVG document',
      cause,
    });
  }
}
