import { basename } from 'node:path';
import type { DenseOracle, ImageRef, ImageSize, Params } from '@syn2real/core';
import { colorsOf, createImageReader, type DecodePool, type LabelTable } from '@syn2real/datasets';
import { type LegendEntry, type RunSamples, type Sample, writeSamples } from '@syn2real/report';
import sharp from 'sharp';
import type { Segmenter } from '../model/load.js';
import { type Cutting, predictMap } from './predict-map.js';

/** What examples are made of. */
export interface ExampleOptions {
  readonly model: Segmenter;
  readonly params: Params;
  readonly cutting: Cutting;
  readonly pool: DecodePool;
  readonly table: LabelTable;
  /** Shows the truth, on record. */
  readonly oracle: DenseOracle;
  /** How many images, evenly spread over the target. */
  readonly count: number;
}

/** Widest picture that is kept, in pixels. */
const WIDTH = 512;

/** Writes some of the target's images with truth and prediction into the run's `samples/`, the same ones in every run. */
export async function writeExamples(
  dir: string,
  images: readonly ImageRef[],
  { model, params, cutting, pool, table, oracle, count }: ExampleOptions,
): Promise<void> {
  const shown = Math.min(count, images.length);
  const places = Int32Array.from({ length: shown }, (_, i) =>
    Math.floor(((i + 0.5) * images.length) / shown),
  );
  const colors = colorsOf(table);
  const reader = createImageReader({ images, workers: pool, skipUnreadable: true });
  const samples: Sample[] = [];
  try {
    for await (const { index, pixels, size } of reader.read(places)) {
      const predicted = await predictMap(model, params, { pixels, size }, cutting);
      const truth = await oracle.show(index, 'examples');
      samples.push({
        id: basename(images[index]!.path).replace(/(_leftImg8bit)?\.\w+$/, ''),
        image: await picture(pixels, size, 'cubic'),
        truth: await picture(painted(truth.classes, colors), truth.size, 'nearest'),
        prediction: await picture(painted(predicted, colors), size, 'nearest'),
      });
    }
  } finally {
    await reader.close();
  }
  const written: RunSamples = { samples, legend: legendOf(table) };
  writeSamples(dir, written);
}

function painted(classes: Uint8Array, colors: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(3 * classes.length);
  classes.forEach((trainId, at) => {
    pixels.set(colors.subarray(3 * trainId, 3 * trainId + 3), 3 * at);
  });
  return pixels;
}

function picture(
  pixels: Uint8Array,
  [height, width]: ImageSize,
  kernel: 'cubic' | 'nearest',
): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize({ width: Math.min(WIDTH, width), kernel })
    .png({ palette: kernel === 'nearest' })
    .toBuffer();
}

function legendOf(table: LabelTable): LegendEntry[] {
  const classes = new Map(table.flatMap((label) => (label.trainId === 255 ? [] : [[label.trainId, label]])));
  return [...classes.values()].map(({ name, color }) => ({
    name,
    color: `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`,
  }));
}
