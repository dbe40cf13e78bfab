import { decodeImage } from '../decode/decode-image.js';
import { transformPixels } from '../transform/image-transform.js';
import { eachFile, readWithin } from './each-file.js';
import type { ImagesJob, JobResult } from './job.js';

/** Decodes and transforms images. */
export async function runImages({ files, transform, limits }: ImagesJob): Promise<JobResult> {
  const bytesPerImage = transform.crop * transform.crop * 3;
  const pixels = new Uint8Array(files.length * bytesPerImage);
  const failures = await eachFile(files.length, async (i) => {
    const out = pixels.subarray(i * bytesPerImage, (i + 1) * bytesPerImage);
    transformPixels(await decodeImage(readWithin(files[i]!, limits), limits), transform, out);
  });
  return { planes: [pixels], failures };
}
