/** What a file's first bytes say of its image. */
export interface ImageHeader {
  readonly format: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 1 grey or palette, 2 grey + alpha, 3 RGB, 4 RGB + alpha (PNG) or CMYK (JPEG). */
  readonly channels: number;
  /** A PNG's colour type: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha. */
  readonly colour?: number;
  /** Whether a PNG is interlaced. */
  readonly interlaced?: boolean;
}

/**
 * Format and size from the first bytes of a PNG or JPEG.
 *
 * @throws Error with the reason where they are neither, cut off, or without pixels
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new Error('the file is empty (0 bytes)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = isPng(bytes) ? readPng(view) : isJpeg(bytes) ? readJpeg(view) : undefined;
  if (header === undefined) {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new Error(`it is neither PNG nor JPEG (it begins with ${start})`);
  }
  if (header.width === 0 || header.height === 0) {
    throw new Error(`it has no pixels (${header.width}×${header.height})`);
  }
  return header;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_CHANNELS = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);
}

function readPng(view: DataView): ImageHeader {
  if (view.byteLength < 33) throw new Error('it is cut off within the PNG header');
  if (view.getUint32(12) !== 0x49484452) throw new Error('it is a PNG without its IHDR chunk in front');
  const channels = PNG_CHANNELS.get(view.getUint8(25));
  if (channels === undefined) throw new Error(`it is a PNG of unknown colour type ${view.getUint8(25)}`);
  return {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    bits: view.getUint8(24),
    channels,
    colour: view.getUint8(25),
    interlaced: view.getUint8(28) !== 0,
  };
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function readJpeg(view: DataView): ImageHeader {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) throw new Error('it is a JPEG with a broken chain of segments');
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9 || marker === 0xda) break;
    if (isFrame(marker)) {
      if (at + 10 > view.byteLength) break;
      return {
        format: 'jpeg',
        bits: view.getUint8(at + 4),
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        channels: view.getUint8(at + 9),
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new Error('it is a JPEG cut off before its frame header');
}

/** SOF0…SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
