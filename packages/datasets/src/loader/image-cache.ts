const IMAGES_PER_SLAB = 64;

/** Transformed images kept in memory, exact, never dropped, up to a number of bytes. */
export interface ImageCache {
  /** The image's bytes (a view: read only), or undefined where it is not kept. */
  get(index: number): Uint8Array | undefined;
  /** Keeps a copy while there is room. */
  put(index: number, pixels: Uint8Array): void;
  /** Bytes kept. */
  bytes(): number;
}

/** A cache for images 0…count−1 of `bytesPerImage` each that holds at most `maxBytes`. */
export function createImageCache(count: number, bytesPerImage: number, maxBytes: number): ImageCache {
  const capacity = Math.min(count, Math.floor(maxBytes / bytesPerImage));
  const slots = new Int32Array(capacity > 0 ? count : 0).fill(-1);
  const slabs: Uint8Array[] = [];
  let used = 0;

  const view = (slot: number): Uint8Array => {
    const start = (slot % IMAGES_PER_SLAB) * bytesPerImage;
    return slabs[Math.floor(slot / IMAGES_PER_SLAB)]!.subarray(start, start + bytesPerImage);
  };
  return {
    get: (index) => {
      const slot = slots[index] ?? -1;
      return slot < 0 ? undefined : view(slot);
    },
    put: (index, pixels) => {
      if (used >= capacity || slots[index] !== -1) return;
      if (used % IMAGES_PER_SLAB === 0) {
        slabs.push(new Uint8Array(Math.min(IMAGES_PER_SLAB, capacity - used) * bytesPerImage));
      }
      slots[index] = used++;
      view(slots[index]).set(pixels);
    },
    bytes: () => used * bytesPerImage,
  };
}
