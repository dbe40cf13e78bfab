import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageSize, UserError } from '@syn2real/core';
import { decodeLabel, encodeLabel } from '@syn2real/datasets';
import type { LabelMap, SoftLabelMap } from '@syn2real/self-training';
import { z } from 'zod';

/**
 * A round's pseudo-labels on disk, written beside their place until they are whole: `labels/N.png` with the source's label
 * values, `confidence/N.png` with the largest probability as 0…255, N the image's place in the target's list, and
 * `round.json`.
 *
 * With soft labels (LRENT) also `soft/N.png`: for each class that `round.json` names, one under the other, the share of
 * each pixel in 255ths. They are written rather than predicted again for each square: the network of a round's beginning
 * would have to be kept, and a square's labels need a pass over its whole image, twice where it is mirrored, each step;
 * a file is read in a fraction of that, and a resumed run reads the bits that the first one read. What it costs is at most
 * 1/255 in a class's share (see `softLabelMap`), and on disk little more than the labels: nearly all shares are 0.
 */
export interface RoundWriter {
  write(image: number, size: ImageSize, map: LabelMap, soft?: SoftLabelMap): Promise<void>;
  /** Moves the folder into its place. */
  finish(index: RoundIndex): Promise<void>;
}

const index = z.object({
  /** Rare classes of the round. */
  mined: z.array(z.number()),
  images: z.array(
    z.object({
      /** Place in the target's list. */
      image: z.number(),
      size: z.tuple([z.number(), z.number()]),
      /** Some pixels of each rare class in it, by class. */
      pixels: z.record(z.string(), z.array(z.number())),
      /** Classes that have a share in its soft labels. */
      soft: z.array(z.number()).optional(),
    }),
  ),
});

/** What a round's folder says of its images. */
export type RoundIndex = z.output<typeof index>;

/** Folder of a round's pseudo-labels in a run's. */
export function roundFolder(dir: string, round: number): string {
  return join(dir, 'pseudo', `round-${round}`);
}

/** The file of an image's labels. */
export function labelFile(dir: string, round: number, image: number): string {
  return join(roundFolder(dir, round), 'labels', name(image));
}

/**
 * Begins a round's folder; one that is there already, of a run that was killed, is replaced.
 *
 * @param values the label value of each class, and of none at 255
 */
export async function openRound(dir: string, round: number, values: Uint8Array): Promise<RoundWriter> {
  const place = roundFolder(dir, round);
  const beside = `${place}.partial`;
  await rm(beside, { recursive: true, force: true });
  for (const part of ['labels', 'confidence']) await mkdir(join(beside, part), { recursive: true });
  return {
    async write(image, [height, width], { labels, confidence }, soft) {
      const valued = labels.map((k) => values[k]!);
      const bytes = Uint8Array.from(confidence);
      await writeFile(join(beside, 'labels', name(image)), encodeLabel({ values: valued, width, height }));
      await writeFile(join(beside, 'confidence', name(image)), encodeLabel({ values: bytes, width, height }));
      if (soft === undefined || soft.classes.length === 0) return;
      await mkdir(join(beside, 'soft'), { recursive: true });
      const planes = { values: soft.shares, width, height: height * soft.classes.length };
      await writeFile(join(beside, 'soft', name(image)), encodeLabel(planes));
    },
    async finish(written) {
      await writeFile(join(beside, 'round.json'), JSON.stringify(written));
      await rm(place, { recursive: true, force: true });
      await rename(beside, place);
    },
  };
}

/** What a round's folder says of its images. @throws UserError where it is damaged */
export async function readRoundIndex(dir: string, round: number): Promise<RoundIndex> {
  const file = join(roundFolder(dir, round), 'round.json');
  try {
    return index.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw unreadable(round, file, cause);
  }
}

function unreadable(round: number, file: string, cause: unknown): UserError {
  return new UserError({
    what: `the pseudo-labels of round ${round + 1} cannot be read`,
    got: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
    fix: 'begin the run anew in another folder',
    cause,
  });
}

/** Classes of an image's pixels in a round, 255 where there was none. */
export async function readLabels(
  dir: string,
  round: number,
  image: number,
  trainIds: Uint8Array,
): Promise<Uint8Array> {
  const { values } = decodeLabel(await readFile(labelFile(dir, round, image)));
  return Uint8Array.from(values, (value) => trainIds[value]!);
}

/** The shares of each class that has some in an image's soft labels, in 255ths. @throws UserError where they are damaged */
export async function readShares(
  dir: string,
  round: number,
  { image, size: [height, width], soft = [] }: RoundIndex['images'][number],
): Promise<{ k: number; shares: Uint8Array }[]> {
  if (soft.length === 0) return [];
  const file = join(roundFolder(dir, round), 'soft', name(image));
  const pixels = height * width;
  try {
    const bytes = await readFile(file);
    const limits = { maxPixels: pixels * soft.length, maxFileBytes: bytes.length };
    const { values } = decodeLabel(bytes, limits);
    if (values.length !== pixels * soft.length) throw new Error(`${values.length} values`);
    return soft.map((k, plane) => ({ k, shares: values.subarray(plane * pixels, (plane + 1) * pixels) }));
  } catch (cause) {
    throw unreadable(round, file, cause);
  }
}

/** The label value of each class, and at 255 one that counts for nothing. @throws UserError where there is none */
export function valuesOf(trainIds: Uint8Array, classes: number): Uint8Array {
  const values = new Uint8Array(256);
  for (const k of [...Array(classes).keys(), 255]) {
    const value = trainIds.indexOf(k);
    if (value < 0) {
      throw new UserError({
        what: 'pseudo-labels of pixels need a label value for each class and for none',
        got: k === 255 ? 'a label table in which every value is a class' : `none for class ${k}`,
        fix: 'add an entry with trainId 255 to labels.json',
      });
    }
    values[k] = value;
  }
  return values;
}

const name = (image: number): string => `${String(image).padStart(6, '0')}.png`;
