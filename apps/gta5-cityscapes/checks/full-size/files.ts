import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackbone, vggOldHead } from '@syn2real/backbones';
import { createRng, disposeParams, type ImageSize } from '@syn2real/core';
import { toStateDict, writeSafetensors } from '@syn2real/weights';
import sharp from 'sharp';

/** Where generated files of the published sizes lie. */
export interface FullSizeFiles {
  readonly source: string;
  readonly target: string;
  readonly weights: string;
}

/**
 * Images to train on and one held out, of 1052 × 1914 pixels, a target image of 1024 × 2048, and random weights in the
 * form of PyTorch's VGG-16 (528 MB). What is there already stays.
 */
export async function makeFiles(folder: string, { images }: { images: number }): Promise<FullSizeFiles> {
  const files: FullSizeFiles = {
    source: join(folder, 'gta5'),
    target: join(folder, 'cityscapes'),
    weights: join(folder, 'vgg16.safetensors'),
  };
  await makeSource(files.source, images);
  await makeTarget(files.target);
  await makeWeights(files.weights);
  return files;
}

async function makeSource(source: string, images: number): Promise<void> {
  for (const part of ['images', 'labels']) mkdirSync(join(source, part), { recursive: true });
  const names = Array.from({ length: images + 1 }, (_, n) => `${String(n).padStart(5, '0')}.png`);
  const lines = names.map((name) => `images/${name} labels/${name}\n`);
  for (const [n, name] of names.entries()) {
    await writePair(n, join(source, 'images', name), join(source, 'labels', name), [1052, 1914]);
  }
  writeFileSync(join(source, 'val.txt'), lines[0]!);
  writeFileSync(join(source, 'train.txt'), lines.slice(1).join(''));
}

async function makeTarget(target: string): Promise<void> {
  const file = (tree: string, ending: string) => {
    mkdirSync(join(target, tree, 'val/page'), { recursive: true });
    return join(target, tree, 'val/page', `page_000000_000000_${ending}.png`);
  };
  await writePair(0, file('leftImg8bit', 'leftImg8bit'), file('gtFine', 'gtFine_labelIds'), [1024, 2048]);
}

/** An image of coloured blocks and its label image. */
async function writePair(
  seed: number,
  image: string,
  label: string,
  [height, width]: ImageSize,
): Promise<void> {
  if (existsSync(label)) return;
  const rng = createRng(seed);
  const blocks = Buffer.from(Uint8Array.from({ length: 33 * 60 * 3 }, () => rng.integer(256)));
  await sharp(blocks, { raw: { width: 60, height: 33, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .png()
    .toFile(image);
  const ids = Uint8Array.from({ length: 33 * 60 }, () => 7 + rng.integer(27));
  await sharp(ids, { raw: { width: 60, height: 33, channels: 1 } })
    .toColourspace('b-w')
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .png({ palette: false })
    .toFile(label);
}

async function makeWeights(file: string): Promise<void> {
  if (existsSync(file)) return;
  const backbone = createBackbone('vgg16');
  const { params } = backbone.init(createRng(2));
  const old = vggOldHead(backbone.channels.pool!, 1000).init(createRng(3));
  await writeSafetensors(file, await toStateDict([params, old]));
  for (const part of [params, old]) disposeParams(part);
}
