import type { SegmentationLabel } from './label-table.js';
import { SEGMENTATION_LABELS } from './label-table.js';
import { encodePng } from './png.js';
import { SCENE_SIZE, type Scene } from './scene.js';

const [HEIGHT, WIDTH] = SCENE_SIZE;

/** Red, green, blue of every id 0…255; those not in the table are black. */
export const PALETTE: readonly SegmentationLabel['color'][] = Array.from(
  { length: 256 },
  (_, id) => SEGMENTATION_LABELS.find((label) => label.id === id)?.color ?? [0, 0, 0],
);

/** A scene above the colours of its labels, as a PNG. */
export function scenePicture({ pixels, labels }: Scene): Buffer {
  const values = new Uint8Array(2 * HEIGHT * WIDTH * 3);
  for (const [at, grey] of pixels.entries()) {
    values.fill(grey, 3 * at, 3 * at + 3);
    values.set(PALETTE[labels[at]!]!, 3 * (HEIGHT * WIDTH + at));
  }
  return encodePng({ width: WIDTH, height: 2 * HEIGHT, values });
}
