/** 8-bit pixels, row by row, channels interleaved: `data[(y·width + x)·channels + c]`. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB, 4 RGB and an alpha that is dropped. */
  readonly channels: 1 | 3 | 4;
}
