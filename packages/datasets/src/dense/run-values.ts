import type { ImageSize } from '@syn2real/core';
import { decodeLabel } from '../decode/decode-label.js';
import { eachFile, readWithin } from '../loader/each-file.js';
import type { JobResult, ValuesJob } from '../loader/job.js';

/** Counts the pixels of each value in label images. */
export async function runValues({ files, limits }: ValuesJob): Promise<JobResult> {
  const counts = new Uint32Array(files.length * 256);
  const sizes = files.map((): ImageSize => [0, 0]);
  const failures = await eachFile(files.length, async (i) => {
    const { values, width, height } = decodeLabel(readWithin(files[i]!, limits), limits);
    for (const value of values) counts[i * 256 + value]! += 1;
    sizes[i] = [height, width];
  });
  return { planes: [new Uint8Array(counts.buffer)], failures, sizes };
}
