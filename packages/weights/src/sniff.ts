import type { ByteSource } from './byte-source.js';
import { FormatError } from './errors.js';
import { isTarHeader } from './pytorch/tar.js';

/** What a weights file turns out to be. */
export type WeightsFormat = 'safetensors' | 'zip' | 'legacy' | 'tar';

const PICKLE_PROTO = 0x80;

/** Tells a file's format by its content; the name does not matter. @throws FormatError when it is none of the four */
export async function sniff(source: ByteSource): Promise<WeightsFormat> {
  const head = await source.read(0, Math.min(512, source.size));
  if (startsWith(head, 'PK')) return 'zip';
  if (isTarHeader(head)) return 'tar';
  if (looksLikeSafetensors(head, source.size)) return 'safetensors';
  if (head[0] === PICKLE_PROTO) return 'legacy';
  throw new FormatError(
    'its content is not that of a weights file',
    guess(head),
    'safetensors, or a checkpoint saved by torch.save',
  );
}

function looksLikeSafetensors(head: Uint8Array, size: number): boolean {
  if (head.byteLength < 10 || head[8] !== 0x7b) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return Number(view.getBigUint64(0, true)) <= size - 8;
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer: the file itself was not fetched'],
  ['<', 'a web page (HTML or XML): the download was answered by an error page'],
  ['{', 'JSON'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x1f\x8b', 'a gzip archive: unpack it first'],
  ['GGUF', 'a GGUF file'],
  ['\x93NUMPY', 'a NumPy array'],
];

function guess(head: Uint8Array): string {
  if (head.byteLength === 0) return 'an empty file';
  for (const [signature, meaning] of SIGNATURES) if (startsWith(head, signature)) return meaning;
  return `the bytes ${Buffer.from(head.subarray(0, 8)).toString('hex')}`;
}

function startsWith(head: Uint8Array, signature: string): boolean {
  return Buffer.from(head.subarray(0, signature.length)).toString('latin1') === signature;
}
