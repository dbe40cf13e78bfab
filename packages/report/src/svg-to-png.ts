import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { UserError } from '@syn2real/core';

/** Options of {@link svgToPng}. */
export interface SvgToPngOptions {
  /** Pixels for one CSS pixel of the figure. Default 2. */
  scale?: number;
  /** Background colour; "transparent" for none. Default "white". */
  background?: string;
}

const fontFile = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf',
);

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
export function svgToPng(svg: string, { scale = 2, background = 'white' }: SvgToPngOptions = {}): Buffer {
  try {
    const resvg = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: scale },
      background: background === 'transparent' ? undefined : background,
      font: {
        fontFiles: [fontFile],
        loadSystemFonts: true,
        defaultFontFamily: 'Open Sans',
        sansSerifFamily: 'Open Sans',
      },
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
