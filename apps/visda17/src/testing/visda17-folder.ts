import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createBackbone, oldHead } from '@syn2real/backbones';
import { createRng, disposeParams, type Rng } from '@syn2real/core';
import { toStateDict, writeSafetensors } from '@syn2real/weights';
import sharp from 'sharp';

/** VisDA-17's folders, in the order of their labels. */
const CLASSES = 'aeroplane bicycle bus car horse knife motorcycle person plant skateboard train truck'.split(
  ' ',
);

/** A small data set in VisDA-17's published layout, images of an old task as ImageNet is validated, and weights. */
export interface Visda17Folder {
  readonly data: string;
  readonly retention: string;
  readonly weights: string;
}

/** Writes it: renders as PNG, photographs as JPEG of many sizes, and untrained weights of `backbone`. */
export async function writeVisda17Folder(
  root: string,
  backbone: string,
  { perClass = 2, kept = 4 } = {},
): Promise<Visda17Folder> {
  const [data, retention] = [join(root, 'visda17'), join(root, 'imagenet')];
  const rng = createRng(11);
  for (const [split, format] of [
    ['train', 'png'],
    ['validation', 'jpeg'],
  ] as const) {
    const list: string[] = [];
    for (const [label, name] of CLASSES.entries()) {
      for (let i = 0; i < (split === 'train' ? perClass : 1); i++) {
        const path = `${name}/${split === 'train' ? `src_${label}_${i}__${i}.png` : `${label}${i}.jpg`}`;
        const [width, height] = split === 'train' ? [384, 216] : [60 + rng.integer(90), 50 + rng.integer(80)];
        await writeImage(join(data, split, path), { width, height, format, label }, rng);
        list.push(`${path} ${label}`);
      }
    }
    writeFileSync(join(data, split, 'image_list.txt'), `${list.join('\n')}\n`);
  }
  const { weights, classes } = await writeWeights(root, backbone);
  const ids = Array.from({ length: classes }, (_, i) => `n${String(1_440_764 + i).padStart(8, '0')}`);
  const solution = ['ImageId,PredictionString'];
  for (let i = 0; i < kept; i++) {
    const name = `ILSVRC2012_val_0000000${i}`;
    await writeImage(
      join(retention, `${name}.JPEG`),
      { width: 90, height: 70, format: 'jpeg', label: i },
      rng,
    );
    solution.push(`${name},${ids[(i * 7) % classes]} 1 2 30 40`);
  }
  writeFileSync(join(retention, 'LOC_val_solution.csv'), `${solution.join('\n')}\n`);
  writeFileSync(join(retention, 'LOC_synset_mapping.txt'), ids.map((id) => `${id} a thing\n`).join(''));
  return { data, retention, weights };
}

/** A colour of the class with noise. */
async function writeImage(
  file: string,
  { width, height, format, label }: { width: number; height: number; format: 'png' | 'jpeg'; label: number },
  rng: Rng,
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (label * 61 + (i % 3) * 40 + rng.integer(50)) & 255,
  );
  writeFileSync(
    file,
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      [format]()
      .toBuffer(),
  );
}

async function writeWeights(root: string, name: string): Promise<{ weights: string; classes: number }> {
  const weights = join(root, `${name}.safetensors`);
  const backbone = createBackbone(name);
  const { params, buffers } = backbone.init(createRng(5));
  const old = oldHead(backbone.channels.pool!, backbone.oldClasses).init(createRng(6));
  await writeSafetensors(weights, await toStateDict([params, buffers, old]));
  for (const part of [params, buffers, old]) disposeParams(part);
  return { weights, classes: backbone.oldClasses };
}
