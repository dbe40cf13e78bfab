import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import {
  fromFloat32,
  readSafetensors,
  type TensorRecord,
  toFloat32,
  writeSafetensors,
} from '@syn2real/weights';
import { z } from 'zod';
import { check } from '../check.js';
import { readJson } from '../read-json.js';

/** Feature vectors, one an image. */
export interface Features {
  /** `[count, dimensions]`, row-major. */
  values: Float32Array;
  count: number;
  dimensions: number;
}

/** Features of a run with the images' classes. */
export interface RunFeatures extends Features {
  /** `[count]`: an index of the run's classes; below 0 or 255 where unknown. */
  labels: Int32Array;
}

const inJson = z.looseObject({ features: z.array(z.array(z.number())), labels: z.array(z.int()) });

/**
 * Reads the features of a run folder: `features.safetensors` with `features` `[n, d]` and `labels` `[n]`, or the same two
 * as lists in `features.json`.
 *
 * @returns undefined where the run stored none
 * @throws UserError for a file that is damaged, whose shapes do not fit each other, or that holds NaN or infinity
 *
 * @example
 * ```ts
 * const features = await readFeatures('runs/asg-0');
 * ```
 */
export async function readFeatures(dir: string): Promise<RunFeatures | undefined> {
  const binary = join(dir, 'features.safetensors');
  const text = join(dir, 'features.json');
  if (existsSync(binary)) return checked(await fromSafetensors(binary), binary);
  return existsSync(text) ? checked(fromJson(text), text) : undefined;
}

/**
 * Writes features and classes as a run folder's `features.safetensors`.
 *
 * @throws UserError where the counts do not fit each other or a value is not finite
 *
 * @example
 * ```ts
 * await writeFeatures('runs/asg-0', { values, count: 2000, dimensions: 512, labels });
 * ```
 */
export async function writeFeatures(dir: string, features: RunFeatures): Promise<void> {
  const file = join(dir, 'features.safetensors');
  const { values, count, dimensions, labels } = checked(features, file);
  const bytes = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
  await writeSafetensors(file, {
    features: fromFloat32(values, [count, dimensions]),
    labels: { dtype: 'I32', shape: [count], data: bytes },
  });
}

async function fromSafetensors(file: string): Promise<RunFeatures> {
  const { tensors } = await readSafetensors(file, { names: ['features', 'labels'] });
  const features = tensors.features!;
  const labels = tensors.labels!;
  const [count, dimensions] = features.shape;
  if (
    features.shape.length !== 2 ||
    count === undefined ||
    dimensions === undefined ||
    labels.shape.length !== 1
  ) {
    throw wrong(file, `features of shape [${features.shape}], labels of shape [${labels.shape}]`);
  }
  return { values: toFloat32(features), count, dimensions, labels: wholeNumbers(labels) };
}

function fromJson(file: string): RunFeatures {
  const { features, labels } = check(inJson, readJson(file), file);
  const dimensions = features[0]?.length ?? 0;
  const uneven = features.findIndex((row) => row.length !== dimensions);
  if (uneven !== -1)
    throw wrong(file, `row ${uneven} of ${features[uneven]?.length} values, row 0 of ${dimensions}`);
  return {
    values: Float32Array.from(features.flat()),
    count: features.length,
    dimensions,
    labels: Int32Array.from(labels),
  };
}

function checked(features: RunFeatures, file: string): RunFeatures {
  const { values, count, dimensions, labels } = features;
  if (count < 1 || dimensions < 1 || values.length !== count * dimensions || labels.length !== count) {
    throw wrong(file, `${values.length} values for ${count} × ${dimensions}, ${labels.length} labels`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) throw wrong(file, `${values[bad]} in row ${Math.floor(bad / dimensions)}`);
  return features;
}

const wrong = (file: string, got: string): UserError =>
  new UserError({
    what: `${file} holds no features that can be drawn`,
    got,
    expected: 'features of shape [n, d], finite, and labels of shape [n], n and d at least 1',
    fix: 'write the features again',
  });

function wholeNumbers({ dtype, data, shape: [count = 0] }: TensorRecord): Int32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read: Partial<Record<TensorRecord['dtype'], (i: number) => number>> = {
    I64: (i) => Number(view.getBigInt64(8 * i, true)),
    I32: (i) => view.getInt32(4 * i, true),
    I16: (i) => view.getInt16(2 * i, true),
    U8: (i) => view.getUint8(i),
  };
  const at = read[dtype];
  if (at === undefined) {
    throw new UserError({
      what: 'labels of features are not whole numbers',
      got: dtype,
      expected: 'I64, I32, I16 or U8',
    });
  }
  return Int32Array.from({ length: count }, (_, i) => at(i));
}
