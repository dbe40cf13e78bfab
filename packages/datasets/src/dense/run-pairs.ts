import type { ImageSize } from '@syn2real/core';
import { decodeImage } from '../decode/decode-image.js';
import { decodeLabel } from '../decode/decode-label.js';
import type { DecodeLimits } from '../decode/limits.js';
import { toClasses } from '../labels/to-classes.js';
import { eachFile, readWithin } from '../loader/each-file.js';
import type { JobResult, PairsJob } from '../loader/job.js';
import { transformPair } from './dense-transform.js';
import { fitPair } from './fit-pair.js';

/** Makes training examples of images and their labels. */
export async function runPairs(job: PairsJob): Promise<JobResult> {
  const { pairs, transform, trainIds, table, nominalSize, limits } = job;
  const pixels = transform.crop * transform.crop;
  const images = new Float32Array(pairs.length * pixels * 3);
  const labels = new Uint8Array(pairs.length * pixels);
  const failures = await eachFile(pairs.length, async (i) => {
    const { image, label, draw } = pairs[i]!;
    const pair = await readPair(image, label, trainIds, nominalSize, limits);
    transformPair(pair.image, pair.label, transform, draw, table, {
      image: images.subarray(i * pixels * 3, (i + 1) * pixels * 3),
      label: labels.subarray(i * pixels, (i + 1) * pixels),
    });
  });
  return { planes: [new Uint8Array(images.buffer), labels], failures };
}

async function readPair(
  image: string,
  label: string,
  trainIds: Uint8Array,
  nominalSize: ImageSize | undefined,
  limits: DecodeLimits,
) {
  const pixels = await decodeImage(readWithin(image, limits), limits);
  let map: ReturnType<typeof decodeLabel>;
  try {
    const read = decodeLabel(readWithin(label, limits), limits);
    map = { ...read, values: toClasses(read.values, trainIds) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`its label image ${label}: ${reason}`, { cause });
  }
  return fitPair(pixels, map, nominalSize, label);
}
