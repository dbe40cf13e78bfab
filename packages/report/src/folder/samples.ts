import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import { check } from '../check.js';
import { readJson } from '../read-json.js';
import { imageFacts } from './image-file.js';

/** One example: an image, what is there, and what the network says. Images are the bytes of PNG or JPEG files. */
export interface Sample {
  /** Joins the runs of a report: the same image has the same id in each. */
  id: string;
  image: Uint8Array;
  /** The truth as an image, in the classes' colours. */
  truth?: Uint8Array;
  /** The prediction as an image. */
  prediction?: Uint8Array;
  /** The true class's name. */
  truthLabel?: string;
  /** The predicted class's name. */
  predictedLabel?: string;
}

/** A class and its colour in the images of truth and prediction. */
export interface LegendEntry {
  name: string;
  /** "#rrggbb" */
  color: string;
}

/** What `samples/` of a run folder holds. */
export interface RunSamples {
  samples: readonly Sample[];
  legend?: readonly LegendEntry[];
}

const absent = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const text = z.string().min(1).nullish().transform(absent);
const fileName = z.string().regex(/^[\w-][\w.-]*$/, 'the plain name of a file in samples/');
const optionalFile = fileName.nullish().transform(absent);
const legend = z.array(z.object({ name: z.string(), color: z.string().regex(/^#[0-9a-fA-F]{6}$/) }));
const manifest = z.looseObject({
  samples: z.array(
    z.looseObject({
      id: z.string().min(1),
      image: fileName,
      truth: optionalFile,
      prediction: optionalFile,
      truthLabel: text,
      predictedLabel: text,
    }),
  ),
  legend: legend.nullish().transform(absent),
});

/**
 * Reads the examples of a run folder: `samples/samples.json` and the images that it names.
 *
 * @returns undefined where the run stored none
 * @throws UserError for a list that is broken, or an image that is missing or neither PNG nor JPEG
 *
 * @example
 * ```ts
 * for (const { id, predictedLabel } of readSamples('runs/asg-0')?.samples ?? []) console.log(id, predictedLabel);
 * ```
 */
export function readSamples(dir: string): RunSamples | undefined {
  const folder = join(dir, 'samples');
  const list = join(folder, 'samples.json');
  if (!existsSync(list)) return undefined;
  const data = check(manifest, readJson(list), list);
  const image = (name: string): Uint8Array => readImage(join(folder, name), list);
  const samples = data.samples.map(({ id, truthLabel, predictedLabel, ...files }) => ({
    id,
    image: image(files.image),
    truth: files.truth === undefined ? undefined : image(files.truth),
    prediction: files.prediction === undefined ? undefined : image(files.prediction),
    truthLabel,
    predictedLabel,
  }));
  return { samples, legend: data.legend };
}

function readImage(file: string, list: string): Uint8Array {
  if (!existsSync(file)) {
    throw new UserError({
      what: `there is no ${file}`,
      expected: `the image that ${list} names`,
      fix: 'restore it, or take it out of the list',
    });
  }
  const data = new Uint8Array(readFileSync(file));
  imageFacts(data, file);
  return data;
}

/**
 * Writes examples into a run folder's `samples/`: beside and renamed, in place of what was there.
 *
 * @throws UserError for an image that is neither PNG nor JPEG
 *
 * @example
 * ```ts
 * writeSamples('runs/asg-0', { samples: [{ id: '42', image: png, truthLabel: 'car', predictedLabel: 'bus' }] });
 * ```
 */
export function writeSamples(dir: string, { samples, legend: entries }: RunSamples): void {
  mkdirSync(dir, { recursive: true });
  const beside = mkdtempSync(join(dir, '.samples-'));
  try {
    const write = (data: Uint8Array | undefined, name: string): string | undefined => {
      if (data === undefined) return undefined;
      const file = `${name}.${imageFacts(data, name).type === 'image/png' ? 'png' : 'jpg'}`;
      writeFileSync(join(beside, file), data);
      return file;
    };
    const listed = samples.map(({ id, truthLabel, predictedLabel, ...images }, i) => ({
      id,
      image: write(images.image, `${i}-image`),
      truth: write(images.truth, `${i}-truth`),
      prediction: write(images.prediction, `${i}-prediction`),
      truthLabel,
      predictedLabel,
    }));
    const list = { samples: listed, legend: entries };
    writeFileSync(join(beside, 'samples.json'), `${JSON.stringify(list, null, 2)}\n`);
    rmSync(join(dir, 'samples'), { recursive: true, force: true });
    renameSync(beside, join(dir, 'samples'));
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}
