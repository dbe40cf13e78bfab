import { UserError } from '@syn2real/core';
import sharp from 'sharp';
import { openFont } from './fonts.js';

/** A titled block of images on a contact sheet. */
export interface ContactSheetRow {
  /** Printed above the images; none where absent. */
  readonly title?: string;
  /** Image files, of any format that sharp reads, by path or as their bytes. */
  readonly files: readonly (string | Uint8Array)[];
}

/** How a contact sheet looks. */
export interface ContactSheetOptions {
  /** Images side by side; a longer row goes on in the next line. 20. */
  readonly columns?: number;
  /** The side of an image on the sheet, in pixels; 56. Images are enlarged without smoothing. */
  readonly tile?: number;
}

const GAP = 4;
const MARGIN = 12;
const TITLE_HEIGHT = 34;
const TITLE_SIZE = 18;
const BACKGROUND = '#2b2f36';

/**
 * One PNG with the images of several files, in titled rows.
 *
 * The same files give the same bytes; titles are drawn from a font of this package, so no system font is needed.
 *
 * @throws UserError where there is nothing to show or an image cannot be read
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { contactSheet } from '@syn2real/minibench';
 * const png = await contactSheet([
 *   { title: 'source', files: ['data/train/3/src_arvo_0000.png'] },
 *   { title: 'target', files: ['data/validation/3/00000.jpg'] },
 * ]);
 * await writeFile('contact-sheet.png', png);
 * ```
 */
export async function contactSheet(
  rows: readonly ContactSheetRow[],
  { columns = 20, tile = 56 }: ContactSheetOptions = {},
): Promise<Uint8Array> {
  if (!rows.some(({ files }) => files.length > 0)) {
    throw new UserError({
      what: 'a contact sheet needs images',
      got: 'no file',
      fix: 'name at least one file',
    });
  }
  for (const [name, value] of Object.entries({ columns, tile })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 4096) {
      throw new UserError({
        what: `${name} of the contact sheet is not valid`,
        got: String(value),
        expected: 'an integer in 1…4096',
      });
    }
  }
  const layers: { input: Buffer; left: number; top: number }[] = [];
  const width = 2 * MARGIN + columns * (tile + GAP) - GAP;
  let top = MARGIN;
  for (const { title, files } of rows) {
    if (title !== undefined) {
      layers.push({ input: await titleImage(title, width - 2 * MARGIN), left: MARGIN, top });
      top += TITLE_HEIGHT;
    }
    const tiles = await Promise.all(files.map((file) => tileImage(file, tile)));
    for (const [index, input] of tiles.entries()) {
      const left = MARGIN + (index % columns) * (tile + GAP);
      layers.push({ input, left, top: top + Math.floor(index / columns) * (tile + GAP) });
    }
    top += Math.ceil(files.length / columns) * (tile + GAP) + MARGIN;
  }
  return sharp({ create: { width, height: top, channels: 3, background: BACKGROUND } })
    .composite(layers)
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

async function tileImage(file: string | Uint8Array, tile: number): Promise<Buffer> {
  try {
    return await sharp(file)
      .resize(tile, tile, { kernel: 'nearest', fit: 'contain', background: BACKGROUND })
      .toColourspace('srgb')
      .png({ compressionLevel: 1 })
      .toBuffer();
  } catch (cause) {
    throw new UserError({
      what: 'an image of the contact sheet cannot be read',
      got: typeof file === 'string' ? file : `${file.length} bytes`,
      expected: 'an image file',
      fix: 'check that the file exists and is not damaged',
      cause,
    });
  }
}

async function titleImage(title: string, width: number): Promise<Buffer> {
  const font = await openFont('didact-gothic');
  const scale = TITLE_SIZE / font.unitsPerEm;
  const run = font.layout(title);
  let x = 0;
  const glyphs = run.glyphs.map((glyph, index) => {
    const path = `<path transform="translate(${x} 0)" d="${glyph.path.toSVG()}"/>`;
    x += run.positions[index]!.xAdvance;
    return path;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${TITLE_HEIGHT}"><g fill="#fff" transform="translate(0 22) scale(${scale} ${-scale})">${glyphs.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
