import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '@syn2real/core';
import { colorsOf, type LabelTable, labelIdsOf } from '@syn2real/datasets';
import sharp from 'sharp';
import type { Picture } from './predict-map.js';

/** What can be written of a prediction, besides the benchmark's own form. */
export const formats = ['overlay', 'trainIds', 'labelIds'] as const;

/** A kind of file to write. */
export type Format = (typeof formats)[number] | 'cityscapes';

/** A folder of predictions, written beside its place until it is whole. */
export interface PredictionFolder {
  /** Writes what is asked for of one image; `path` is its own in the data set. */
  write(path: string, image: Picture, classes: Uint8Array): Promise<void>;
  /** Moves the folder into its place. */
  finish(): Promise<void>;
  /** Removes what was written. */
  abandon(): Promise<void>;
}

/**
 * Opens a folder of predictions.
 *
 * `overlay`: the class's colour over the image, half and half; `trainIds`, `labelIds`: 8-bit grey PNGs at full size; each
 * in a folder of its own, `{format}/{city}/{name}.png`. `cityscapes`: label ids, all in one folder, by the image's name
 * without its ending (`berlin_000000_000019.png`), of which the benchmark server takes a zip.
 *
 * @throws UserError where the folder cannot be written
 * @see https://www.cityscapes-dataset.com/submit: results are label ids at 2048 × 1024, any name that begins with the
 * image's city, sequence and frame
 */
export async function openOutput(
  folder: string,
  wanted: readonly Format[],
  table: LabelTable,
): Promise<PredictionFolder> {
  const place = resolve(folder);
  const write = writerOf(table);
  const beside = await writing(place, async () => {
    await mkdir(dirname(place), { recursive: true });
    return mkdtemp(`${place}.partial-`);
  });
  return {
    write: (path, image, classes) =>
      writing(place, async () => {
        for (const format of wanted) {
          const file = join(beside, fileOf(format, path));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, await write(format, image, classes));
        }
      }),
    finish: () => writing(place, () => rename(beside, place)),
    abandon: () => rm(beside, { recursive: true, force: true }),
  };
}

const ENDING = /(_leftImg8bit)?\.\w+$/;

function fileOf(format: Format, path: string): string {
  const name = basename(path).replace(ENDING, '');
  return format === 'cityscapes'
    ? `${name}.png`
    : join(format, basename(dirname(path)), `${name}_${format}.png`);
}

function writerOf(table: LabelTable) {
  const labelIds = labelIdsOf(table);
  const colors = colorsOf(table);
  return (
    format: Format,
    { pixels, size: [height, width] }: Picture,
    classes: Uint8Array,
  ): Promise<Buffer> => {
    const raw = (channels: 1 | 3) => ({ raw: { width, height, channels } });
    if (format === 'overlay') {
      const mixed = pixels.map(
        (value, at) => (value + colors[3 * classes[Math.floor(at / 3)]! + (at % 3)]!) >> 1,
      );
      return sharp(mixed, raw(3)).png().toBuffer();
    }
    const values = format === 'trainIds' ? classes : classes.map((trainId) => labelIds[trainId]!);
    return sharp(values, raw(1)).toColourspace('b-w').png({ palette: false }).toBuffer();
  };
}

async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new UserError({
      what: `${folder} cannot be written`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'check the folder and the free space; nothing is left behind',
      cause,
    });
  }
}
