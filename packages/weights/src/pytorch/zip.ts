import { crc32 } from 'node:zlib';
import type { ByteSource } from '../byte-source.js';
import { FormatError, quote } from '../errors.js';
import { readDirectory } from './zip-directory.js';

/** One stored member of a zip archive: where its bytes lie. */
export interface ZipMember {
  readonly name: string;
  readonly offset: number;
  readonly byteLength: number;
  readonly crc: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

/**
 * The members of a zip archive whose content is stored, not compressed, as PyTorch writes them.
 *
 * @throws FormatError when the archive is damaged, compressed or encrypted, or members share bytes
 */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, ZipMember>> {
  const { entries, offset: end } = await readDirectory(source);
  const members = new Map<string, ZipMember>();
  const sorted = [...entries].sort((a, b) => a.localOffset - b.localOffset);
  let reached = 0;
  for (const entry of sorted) {
    const name = quote(entry.name);
    if (entry.localOffset < reached)
      throw new FormatError(
        `its member ${name} overlaps another`,
        `offset ${entry.localOffset}`,
        `at least ${reached}`,
      );
    const local = await source.read(entry.localOffset, LOCAL_BYTES);
    const view = new DataView(local.buffer, local.byteOffset, local.byteLength);
    if (view.getUint32(0, true) !== LOCAL_SIGNATURE)
      throw new FormatError(`its member ${name} is damaged`, 'no local header', 'one');
    const nameLength = view.getUint16(26, true);
    const offset = entry.localOffset + LOCAL_BYTES + nameLength + view.getUint16(28, true);
    const localName = new TextDecoder().decode(
      await source.read(entry.localOffset + LOCAL_BYTES, nameLength),
    );
    if (localName !== entry.name)
      throw new FormatError(`its member ${name} is damaged`, `${quote(localName)} in its local header`, name);
    reached = offset + entry.byteLength;
    if (reached > end)
      throw new FormatError(`its member ${name} leaves the archive`, `byte ${reached}`, `at most ${end}`);
    if (members.has(entry.name))
      throw new FormatError(`it has the member ${name} twice`, 'a repeated name', 'every name once');
    members.set(entry.name, { name: entry.name, offset, byteLength: entry.byteLength, crc: entry.crc });
  }
  return members;
}

/** A member's bytes. @throws FormatError when their CRC-32 is not the archive's (unless `checkCrc` is false) */
export async function readMember(
  source: ByteSource,
  member: ZipMember,
  checkCrc: boolean,
): Promise<Uint8Array> {
  const bytes = await source.read(member.offset, member.byteLength);
  if (checkCrc) {
    const crc = crc32(bytes);
    if (crc !== member.crc) {
      throw new FormatError(
        `its member ${quote(member.name)} is damaged`,
        `CRC-32 ${hex(crc)}`,
        `${hex(member.crc)} (option checkCrc: false reads files that PyTorch saved without checksums)`,
      );
    }
  }
  return bytes;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
