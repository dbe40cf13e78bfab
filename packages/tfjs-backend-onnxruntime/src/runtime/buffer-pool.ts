/** Free Float32Arrays by length: fresh ones cost a page fault per 4 KiB at their first use. */
export interface BufferPool {
  take(length: number): Float32Array;
  give(buffer: Float32Array): void;
  /** Forgets all free buffers. */
  clear(): void;
  readonly freeBytes: number;
}

export function createBufferPool(maxFreeBytes: number): BufferPool {
  const free = new Map<number, Float32Array[]>();
  let freeBytes = 0;
  return {
    get freeBytes() {
      return freeBytes;
    },
    take(length) {
      const buffer = free.get(length)?.pop();
      if (buffer === undefined) return new Float32Array(length);
      freeBytes -= buffer.byteLength;
      return buffer;
    },
    give(buffer) {
      if (freeBytes + buffer.byteLength > maxFreeBytes) return;
      freeBytes += buffer.byteLength;
      const list = free.get(buffer.length);
      if (list === undefined) free.set(buffer.length, [buffer]);
      else list.push(buffer);
    },
    clear() {
      free.clear();
      freeBytes = 0;
    },
  };
}
