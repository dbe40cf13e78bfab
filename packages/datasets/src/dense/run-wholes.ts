import type { ImageSize } from '@syn2real/core';
import { decodeImage } from '../decode/decode-image.js';
import { eachFile, readWithin } from '../loader/each-file.js';
import type { JobResult, WholesJob } from '../loader/job.js';
import type { Pixels } from '../transform/pixels.js';

/** Decodes images as they are. */
export async function runWholes({ files, limits }: WholesJob): Promise<JobResult> {
  const planes = files.map(() => new Uint8Array(0));
  const sizes = files.map((): ImageSize => [0, 0]);
  const failures = await eachFile(files.length, async (i) => {
    const pixels = await decodeImage(readWithin(files[i]!, limits), limits);
    planes[i] = toRgb(pixels);
    sizes[i] = [pixels.height, pixels.width];
  });
  return { planes, failures, sizes };
}

/** RGB bytes of any pixels, in memory of their own. */
export function toRgb({ data, width, height, channels }: Pixels): Uint8Array<ArrayBuffer> {
  const count = width * height;
  if (channels === 3) {
    const owned = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
    return owned ? new Uint8Array(data.buffer) : new Uint8Array(data);
  }
  const rgb = new Uint8Array(count * 3);
  const step = channels === 1 ? 0 : 1;
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + c * step]!;
  }
  return rgb;
}
