import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { UserError } from '@syn2real/core';
import { create, type Font } from 'fontkit';

const require = createRequire(import.meta.url);

/**
 * The sixteen printed fonts of the benchmark, by the last part of their package `@fontsource/<name>`: sans, serif,
 * slab, mono and display faces, all under the SIL Open Font License 1.1, all in their regular latin cut.
 *
 * No handwriting fonts: the gap between print and handwriting is the benchmark.
 *
 * @see https://fontsource.org
 */
export const MINIBENCH_FONTS = [
  'abril-fatface',
  'alfa-slab-one',
  'anton',
  'archivo-black',
  'arvo',
  'audiowide',
  'bree-serif',
  'courier-prime',
  'cutive-mono',
  'didact-gothic',
  'fjalla-one',
  'libre-baskerville',
  'lobster',
  'pt-serif',
  'share-tech-mono',
  'varela-round',
] as const;

/** The name of one of the {@link MINIBENCH_FONTS}. */
export type MinibenchFont = (typeof MINIBENCH_FONTS)[number];

/** A character's outline, in font units; y grows upwards from the baseline. */
export interface GlyphOutline {
  /** An SVG path's `d`. */
  readonly path: string;
  /** The ink's box. */
  readonly box: {
    readonly minX: number;
    readonly minY: number;
    readonly maxX: number;
    readonly maxY: number;
  };
}

/** Opens a font's regular latin file. */
export async function openFont(name: MinibenchFont): Promise<Font> {
  const file = `@fontsource/${name}/files/${name}-latin-400-normal.woff`;
  let bytes: Buffer;
  try {
    bytes = await readFile(require.resolve(file));
  } catch (cause) {
    throw new UserError({
      what: `the font "${name}" cannot be read`,
      expected: `the file ${file} of the package @fontsource/${name}`,
      fix: 'install the dependencies of @syn2real/minibench again',
      cause,
    });
  }
  const font = create(bytes);
  if (!('glyphsForString' in font)) throw new Error(`${file} holds a collection of fonts, not one`);
  return font;
}

/** The outline of a single character. */
export function characterOutline(font: Font, character: string): GlyphOutline {
  const glyph = font.glyphsForString(character)[0];
  if (glyph === undefined || glyph.id === 0) throw new Error(`${font.familyName} has no "${character}"`);
  const { minX, minY, maxX, maxY } = glyph.path.bbox;
  return { path: glyph.path.toSVG(), box: { minX, minY, maxX, maxY } };
}
