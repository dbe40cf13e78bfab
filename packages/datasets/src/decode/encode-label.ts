import { crc32, deflateSync } from 'node:zlib';
import type { LabelImage } from './decode-label.js';

/** How a label image is written. */
export interface EncodeLabelOptions {
  /** RGB of each value, `[256 · 3]`: the file is then a palette PNG as GTA5's. Default: an 8-bit grey PNG as Cityscapes'. */
  palette?: Uint8Array;
}

/**
 * A label image as an 8-bit PNG that holds its values as they are: what {@link decodeLabel} reads.
 *
 * @throws RangeError where values do not fill the size, or the palette is not 768 bytes
 * @example
 * ```ts
 * const labelIds = classes.map((c) => labelIdsOf(CITYSCAPES_LABELS)[c]!);
 * await writeFile('prediction.png', encodeLabel({ values: labelIds, width: 2048, height: 1024 }));
 * ```
 */
export function encodeLabel(
  { values, width, height }: LabelImage,
  { palette }: EncodeLabelOptions = {},
): Uint8Array {
  if (width < 1 || height < 1 || values.length !== width * height) {
    throw new RangeError(`${values.length} values do not fill ${width}×${height} pixels.`);
  }
  if (palette !== undefined && palette.length !== 768) {
    throw new RangeError(`A palette has 256 colours of 3 bytes; got ${palette.length} bytes.`);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = palette === undefined ? 0 : 3;
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(values.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(kind: string, data: Uint8Array): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(kind, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}
