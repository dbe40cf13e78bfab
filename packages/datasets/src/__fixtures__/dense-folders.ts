import sharp from 'sharp';
import { encodeLabel } from '../decode/encode-label.js';
import { colorsOf, formatLabelTable, type LabelTable } from '../index.js';
import { imageBytes, temporaryFolder, writeFiles } from './data-folder.js';

/** Three classes of four ids. */
export const THREE_CLASSES: LabelTable = [
  { id: 0, trainId: 255, name: 'void', color: [0, 0, 0] },
  { id: 1, trainId: 0, name: 'ground', color: [90, 30, 30] },
  { id: 2, trainId: 1, name: 'thing', color: [30, 90, 30] },
  { id: 4, trainId: 2, name: 'sky', color: [30, 30, 90] },
];

export const WIDTH = 24;
export const HEIGHT = 18;

/** Ids of a made-up label image, each of the table. */
export function labelValues(seed: number, width = WIDTH, height = HEIGHT): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return [0, 1, 2, 4][((x >> 2) + (y >> 2) * 3 + seed) % 4]!;
  });
}

/** A label image as a PNG, with a palette or grey. */
export function labelBytes(seed: number, kind: 'palette' | 'grey' = 'grey', width = WIDTH, height = HEIGHT) {
  const image = { values: labelValues(seed, width, height), width, height };
  return encodeLabel(image, kind === 'grey' ? {} : { palette: colorsOf(THREE_CLASSES) });
}

/** A photograph as a PNG. */
export const photo = (seed: number, width = WIDTH, height = HEIGHT) => imageBytes(seed, 'png', width, height);

/** What a label image must not be: RGB or 16 bits. */
export async function wrongLabel(kind: 'rgb' | '16-bit'): Promise<Buffer> {
  if (kind === 'rgb') return photo(1);
  const raw = { width: WIDTH, height: HEIGHT, channels: 1 as const };
  return sharp(new Uint16Array(WIDTH * HEIGHT).fill(7), { raw }).toColourspace('grey16').png().toBuffer();
}

/** A folder in GTA5's layout with `count` pairs and lists of all but the last as train, and the last as val. */
export async function gta5Folder(count = 4): Promise<string> {
  const root = await temporaryFolder();
  const names = Array.from({ length: count }, (_, i) => `${String(i + 1).padStart(5, '0')}.png`);
  const lines = names.map((name) => `images/${name} labels/${name}`);
  await writeFiles(root, {
    'labels.json': formatLabelTable(THREE_CLASSES),
    'train.txt': `${lines.slice(0, -1).join('\n')}\n`,
    'val.txt': `${lines.slice(-1).join('\n')}\n`,
  });
  for (const [i, name] of names.entries()) {
    await writeFiles(root, {
      [`images/${name}`]: await photo(i),
      [`labels/${name}`]: labelBytes(i, 'palette'),
    });
  }
  return root;
}

/** A folder in Cityscapes' layout: two cities in train, one in val, one without labels in test. */
export async function cityscapesFolder(): Promise<string> {
  const root = await temporaryFolder();
  await writeFiles(root, { 'labels.json': formatLabelTable(THREE_CLASSES) });
  const frames = ['train/aachen/aachen_0', 'train/bochum/bochum_0', 'val/lindau/lindau_0', 'val/lindau/lindau_1'];
  for (const [i, frame] of [...frames, 'test/berlin/berlin_0'].entries()) {
    await writeFiles(root, { [`leftImg8bit/${frame}_000019_leftImg8bit.png`]: await photo(i) });
  }
  for (const [i, frame] of frames.entries()) {
    await writeFiles(root, { [`gtFine/${frame}_000019_gtFine_labelIds.png`]: labelBytes(i) });
  }
  return root;
}
