import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { IMAGE_SIZE } from './glyphs.js';

/** A 28 × 28 grey image, where it stands in its split and its label. */
export interface LabelledImage {
  /** Relative to the split's folder, with forward slashes; ends in .png or .jpg. */
  readonly path: string;
  readonly label: number;
  /** 784 grey values, row by row. */
  readonly pixels: () => Uint8Array;
}

/** The file's bytes: 8-bit grey PNG, or grey JPEG of quality 98. */
export function encodeImage({ path, pixels }: LabelledImage): Promise<Buffer> {
  const raw = { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 1 } as const;
  const image = sharp(pixels(), { raw }).toColourspace('b-w');
  return path.endsWith('.png')
    ? image.png({ compressionLevel: 9, palette: false }).toBuffer()
    : image.jpeg({ quality: 98 }).toBuffer();
}

/** VisDA-17's list: a relative path, one space, an integer label, one image a line. */
export function imageList(images: readonly LabelledImage[]): string {
  return images.map(({ path, label }) => `${path} ${label}\n`).join('');
}

/**
 * Encodes and writes a split's images and its image_list.txt, up to `parallel` at a time.
 *
 * @param written - called with each file's path in the benchmark's folder and its bytes, in no fixed order
 * @throws what a file or `signal` threw first, when no file is being written any more
 */
export async function writeSplit(
  root: string,
  split: string,
  images: readonly LabelledImage[],
  written: (path: string, bytes: Uint8Array) => void,
  signal?: AbortSignal,
  parallel = 16,
): Promise<void> {
  const folders = new Set(images.map(({ path }) => dirname(join(root, split, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const queue = images.values();
  let failed = false;
  const work = async () => {
    for (const image of queue) {
      if (failed) return;
      signal?.throwIfAborted();
      const bytes = await encodeImage(image);
      await writeFile(join(root, split, image.path), bytes);
      written(`${split}/${image.path}`, bytes);
    }
  };
  // All have ended before an error is passed on: the folder can then be removed.
  const lanes = Array.from({ length: parallel }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  const list = Buffer.from(imageList(images));
  await writeFile(join(root, split, 'image_list.txt'), list);
  written(`${split}/image_list.txt`, list);
}
