import type { ByteSource } from '../byte-source.js';
import { FormatError, quote } from '../errors.js';

/** Where a member of a tar archive lies. */
export interface TarMember {
  readonly offset: number;
  readonly byteLength: number;
}

const BLOCK = 512;
const MAX_MEMBERS = 1000;

/**
 * The regular members of a tar archive by name.
 *
 * @throws FormatError when a header is damaged or a member leaves the file
 * @see POSIX.1-1988 ustar; GNU's base-256 sizes
 */
export async function readTar(source: ByteSource): Promise<ReadonlyMap<string, TarMember>> {
  const members = new Map<string, TarMember>();
  let at = 0;
  for (let count = 0; at + BLOCK <= source.size; count++) {
    if (count > MAX_MEMBERS)
      throw new FormatError('its tar archive has too many members', `more than ${MAX_MEMBERS}`, '4');
    const header = await source.read(at, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (!isTarHeader(header))
      throw new FormatError('its tar archive is damaged', `a wrong checksum at byte ${at}`, 'a header');
    const name = text(header.subarray(0, 100)).replace(/^\.\//, '');
    const byteLength = size(header.subarray(124, 136));
    const offset = at + BLOCK;
    if (!(byteLength <= source.size - offset)) {
      throw new FormatError(
        `its member ${quote(name)} leaves the file`,
        `${byteLength} bytes`,
        `at most ${source.size - offset}`,
      );
    }
    const regular = header[156] === 0x30 || header[156] === 0;
    if (regular && members.has(name))
      throw new FormatError(`it has the member ${quote(name)} twice`, 'a repeated name', 'every name once');
    if (regular) members.set(name, { offset, byteLength });
    at = offset + Math.ceil(byteLength / BLOCK) * BLOCK;
  }
  return members;
}

/** Whether a block is a tar header: its checksum is the sum of its bytes, the checksum's own taken as spaces. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.byteLength < BLOCK || block[0] === 0) return false;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
  const stored = text(block.subarray(148, 156)).trim();
  return /^[0-7]{1,7}$/.test(stored) && Number.parseInt(stored, 8) === sum;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(field.subarray(0, end === -1 ? field.length : end)).toString('latin1');
}

function size(field: Uint8Array): number {
  const first = field[0] ?? 0;
  if (first === 0x80) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  const octal = text(field).trim();
  if (!/^[0-7]{1,12}$/.test(octal))
    throw new FormatError('its tar archive is damaged', `the size ${quote(octal)}`, 'an octal number');
  return Number.parseInt(octal, 8);
}
