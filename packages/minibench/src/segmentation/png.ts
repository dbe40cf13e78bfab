import { deflateSync } from 'node:zlib';

/** An image of 8 bits to encode. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** Row by row: grey values, palette indices, or red, green, blue in turn. */
  readonly values: Uint8Array;
  /** Colours of the indices, from 0 on; a palette image where given. */
  readonly palette?: readonly (readonly [number, number, number])[];
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A PNG file of 8 bits a value: palette indices where there is a palette, else grey or RGB by the number of values.
 *
 * @see Portable Network Graphics (PNG) Specification, third edition, W3C
 */
export function encodePng({ width, height, values, palette }: PngImage): Buffer {
  const channels = values.length / (width * height);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`${values.length} values for ${width} × ${height} pixels.`);
  const stride = width * channels;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++)
    rows.set(values.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, palette !== undefined ? 3 : channels === 3 ? 2 : 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Buffer.from(palette.flat()))]),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
