import sharp, { type SharpOptions } from 'sharp';
import type { Pixels } from '../transform/pixels.js';
import { cmykToRgb, grey16ToGrey } from './convert.js';
import { decodePlainPng } from './decode-png.js';
import { type ImageHeader, readImageHeader } from './header.js';
import { DEFAULT_LIMITS, type DecodeLimits } from './limits.js';

/**
 * The pixels of a PNG or JPEG as `PIL.Image.open(…).convert('RGB')` gives them.
 *
 * No colour profile, gamma or EXIF orientation is applied, and alpha is dropped, not blended; of an animation
 * the first picture counts.
 *
 * @throws Error with the reason where the file is damaged, of another format, or beyond the limits
 */
export async function decodeImage(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): Promise<Pixels> {
  const { maxPixels, maxFileBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length > maxFileBytes) {
    throw new Error(`the file is larger (${bytes.length} bytes) than the limit of ${maxFileBytes} bytes`);
  }
  const header = readImageHeader(bytes);
  if (header.width * header.height > maxPixels) {
    throw new Error(`its ${header.width}×${header.height} pixels are more than the limit of ${maxPixels}`);
  }
  try {
    return await decodeWithin(bytes, header, maxPixels);
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  }
}

async function decodeWithin(bytes: Uint8Array, header: ImageHeader, maxPixels: number): Promise<Pixels> {
  const plain = header.format === 'png' ? decodePlainPng(bytes, header) : undefined;
  if (plain !== undefined) return plain;
  const options: SharpOptions = { failOn: 'error', ignoreIcc: true, limitInputPixels: maxPixels };
  if (header.format === 'jpeg' && header.channels === 4) {
    const cmyk = await sharp(bytes, options)
      .pipelineColourspace('cmyk')
      .toColourspace('cmyk')
      .raw()
      .toBuffer();
    return { ...sizeOf(header), data: cmykToRgb(cmyk), channels: 3 };
  }
  if (header.format === 'png' && header.bits === 16 && header.channels === 1) {
    const grey = await sharp(bytes, options).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    return { ...sizeOf(header), data: grey16ToGrey(grey), channels: 1 };
  }
  const { data, info } = await sharp(bytes, options).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 2) return { width, height, data: everyOther(data), channels: 1 };
  return { width, height, data, channels };
}

function sizeOf({ width, height }: ImageHeader): { width: number; height: number } {
  return { width, height };
}

function everyOther(greyAlpha: Uint8Array): Uint8Array {
  const grey = new Uint8Array(greyAlpha.length / 2);
  for (let i = 0; i < grey.length; i++) grey[i] = greyAlpha[2 * i]!;
  return grey;
}

/** The decoder's own words on one line, without the names of its parts. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const lines = message.split('\n').map((line) => line.trim());
  return `it does not decode: ${lines.filter((line) => line !== '').join('; ')}`;
}
