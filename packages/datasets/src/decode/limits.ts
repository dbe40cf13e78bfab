/** What a decoder refuses, so that a small hostile file cannot take the memory. */
export interface DecodeLimits {
  /** Most pixels (width·height) of an image. Default 89 478 485, Pillow's `MAX_IMAGE_PIXELS`. */
  readonly maxPixels: number;
  /** Most bytes of a file. Default 64 MiB. */
  readonly maxFileBytes: number;
}

/** 89 478 485 pixels, 64 MiB. */
export const DEFAULT_LIMITS: DecodeLimits = { maxPixels: 89_478_485, maxFileBytes: 64 * 2 ** 20 };
