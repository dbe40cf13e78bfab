import { KERNELS_BASE64 } from './kernels-binary.js';

/** The compiled loops of `assembly/kernels.ts`; arguments are byte offsets into `bytes` and plain counts. */
export interface Kernels {
  /** The loops' memory; offsets below {@link FIRST_BYTE} are theirs. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  across(
    source: number,
    sourceStride: number,
    rows: number,
    channels: number,
    pixels: number,
    from: number,
    pairs: number,
    weights: number,
    places: number,
    out: number,
    outStride: number,
  ): void;
  mixRows(source: number, stride: number, pairs: number, weights: number, length: number, out: number): void;
  linear(
    source: number,
    stride: number,
    channels: number,
    columns: number,
    width: number,
    rows: number,
    height: number,
    between: number,
    out: number,
  ): void;
  lookup(source: number, length: number, table: number, out: number, counted: number): number;
  unfilter(source: number, rows: number, length: number, size: number, out: number, blank: number): number;
}

/** Where a caller's own data may begin. */
export const FIRST_BYTE = 1024;

/** Memory that a thread keeps between images; a larger image gets memory of its own. */
const KEPT_BYTES = 32 * 2 ** 20;
const PAGE = 65_536;

let module: WebAssembly.Module | undefined;
let kept: { kernels: Kernels; memory: WebAssembly.Memory } | undefined;

/** The kernels with room for at least `size` bytes. Valid until the next call on this thread. */
export function kernelsWith(size: number): Kernels {
  const pages = Math.ceil(size / PAGE);
  if (kept !== undefined && kept.memory.buffer.byteLength >= pages * PAGE) return kept.kernels;
  const fresh = instantiate(pages);
  if (pages * PAGE <= KEPT_BYTES) kept = fresh;
  return fresh.kernels;
}

function instantiate(pages: number): { kernels: Kernels; memory: WebAssembly.Memory } {
  module ??= new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as Omit<Kernels, 'bytes'>;
  return { memory, kernels: { ...kernels, bytes: new Uint8Array(memory.buffer) } };
}
