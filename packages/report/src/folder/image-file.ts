import { UserError } from '@syn2real/core';

/** Size in pixels and media type of a PNG or JPEG file. */
export interface ImageFacts {
  width: number;
  height: number;
  type: 'image/png' | 'image/jpeg';
}

/**
 * Reads an image's size from its header alone.
 *
 * @param name - how the error calls the image
 * @throws UserError for bytes that are neither PNG nor JPEG, or whose header is cut short
 */
export function imageFacts(data: Uint8Array, name: string): ImageFacts {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const type = mediaType(data, name);
  const size = type === 'image/png' ? pngSize(view) : jpegSize(view);
  if (size !== undefined && size.width > 0 && size.height > 0) return { ...size, type };
  throw unreadable(name, `${data.length} bytes of ${type} without a size`);
}

/** An image as a data URI. @throws UserError for bytes that begin neither as PNG nor as JPEG */
export const dataUri = (data: Uint8Array, name: string): string =>
  `data:${mediaType(data, name)};base64,${Buffer.from(data).toString('base64')}`;

function mediaType(data: Uint8Array, name: string): ImageFacts['type'] {
  const starts = (bytes: readonly number[]) => bytes.every((byte, i) => data[i] === byte);
  if (starts([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
  if (starts([0xff, 0xd8, 0xff])) return 'image/jpeg';
  throw unreadable(name, `${data.length} bytes that are neither PNG nor JPEG`);
}

const unreadable = (name: string, got: string): UserError =>
  new UserError({
    what: `${name} cannot be shown`,
    got,
    expected: 'the bytes of a whole PNG or JPEG file',
    fix: 'write the image again',
  });

type Size = Pick<ImageFacts, 'width' | 'height'>;

const pngSize = (view: DataView): Size | undefined =>
  view.byteLength < 24 ? undefined : { width: view.getUint32(16), height: view.getUint32(20) };

/** Walks the segments up to the start of frame (SOF0…SOF15, less the tables that share the range). */
function jpegSize(view: DataView): Size | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return;
}
