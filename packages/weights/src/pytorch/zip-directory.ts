import type { ByteSource } from '../byte-source.js';
import { FormatError, quote } from '../errors.js';

/** What the central directory says of a member. */
export interface DirectoryEntry {
  readonly name: string;
  readonly localOffset: number;
  readonly byteLength: number;
  readonly crc: number;
}

/** The central directory: its members and where it begins. */
export interface Directory {
  readonly offset: number;
  readonly entries: readonly DirectoryEntry[];
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;
const ZIP64_EXTRA = 1;

interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Where the record lies: the directory ends before it. */
  readonly at: number;
}

/**
 * Reads a zip archive's central directory, zip64 included.
 *
 * @throws FormatError when it is damaged, or a member is compressed or encrypted
 * @see APPNOTE.TXT, .ZIP File Format Specification, sections 4.3 and 4.5
 */
export async function readDirectory(source: ByteSource): Promise<Directory> {
  const end = await findEnd(source);
  if (!(end.offset + end.size <= end.at))
    throw damaged(`a directory up to byte ${end.offset + end.size}`, `at most ${end.at}`);
  if (end.size > MAX_DIRECTORY_BYTES)
    throw damaged(`a directory of ${end.size} bytes`, `at most ${MAX_DIRECTORY_BYTES}`);
  if (end.count * ENTRY_BYTES > end.size)
    throw damaged(`${end.count} members`, `a directory that holds them`);
  const bytes = await source.read(end.offset, end.size);
  const view = viewOf(bytes);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i++) {
    const next = entryEnd(view, at);
    entries.push(parseEntry(bytes, view, at));
    at = next;
  }
  if (at !== end.size) throw damaged(`${end.size - at} bytes left over in the directory`, 'none');
  return { offset: end.offset, entries };
}

async function findEnd(source: ByteSource): Promise<End> {
  const tailStart = Math.max(0, source.size - END_BYTES - MAX_COMMENT - LOCATOR_BYTES);
  const tail = await source.read(tailStart, source.size - tailStart);
  const view = viewOf(tail);
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== tail.byteLength) continue;
    if (view.getUint16(at + 4, true) % 0xffff !== 0) throw damaged('an archive in several parts', 'one part');
    const locator = at - LOCATOR_BYTES;
    if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_SIGNATURE) {
      return readEnd64(source, Number(view.getBigUint64(locator + 8, true)), tailStart + locator);
    }
    return {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
      at: tailStart + at,
    };
  }
  throw new FormatError('it ends early', 'a zip archive without its directory', 'a whole archive');
}

async function readEnd64(source: ByteSource, offset: number, before: number): Promise<End> {
  if (!(offset + END64_BYTES <= before))
    throw damaged(`a zip64 record at byte ${offset}`, `before ${before}`);
  const view = viewOf(await source.read(offset, END64_BYTES));
  if (view.getUint32(0, true) !== END64_SIGNATURE) throw damaged('no zip64 record', 'one');
  return {
    count: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    offset: Number(view.getBigUint64(48, true)),
    at: offset,
  };
}

function entryEnd(view: DataView, at: number): number {
  if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY_SIGNATURE)
    throw damaged('a broken directory entry', 'an entry');
  const end =
    at +
    ENTRY_BYTES +
    view.getUint16(at + 28, true) +
    view.getUint16(at + 30, true) +
    view.getUint16(at + 32, true);
  if (end > view.byteLength) throw damaged('a directory entry cut short', 'an entry');
  return end;
}

function parseEntry(bytes: Uint8Array, view: DataView, at: number): DirectoryEntry {
  const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
  const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, nameEnd));
  if ((view.getUint16(at + 8, true) & 1) !== 0)
    throw new FormatError(`its member ${quote(name)} is encrypted`, 'encryption', 'none');
  const method = view.getUint16(at + 10, true);
  if (method !== 0) {
    throw new FormatError(
      `its member ${quote(name)} is compressed`,
      `compression method ${method}`,
      'a stored member, as PyTorch writes it',
      'unpack it and save it again with torch.save',
    );
  }
  const sizes = zip64Sizes(view, nameEnd, nameEnd + view.getUint16(at + 30, true), {
    size: view.getUint32(at + 24, true),
    stored: view.getUint32(at + 20, true),
    offset: view.getUint32(at + 42, true),
  });
  if (sizes.size !== sizes.stored)
    throw damaged(`two sizes of ${quote(name)}: ${sizes.size} and ${sizes.stored}`, 'one');
  return { name, localOffset: sizes.offset, byteLength: sizes.size, crc: view.getUint32(at + 16, true) };
}

interface Sizes {
  size: number;
  stored: number;
  offset: number;
}

/** Sizes of 0xffffffff stand in the zip64 extra field, in this order. */
function zip64Sizes(view: DataView, start: number, end: number, sizes: Sizes): Sizes {
  for (let at = start; at + 4 <= end; ) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (fieldEnd > end) break;
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      let next = at + 4;
      const out = { ...sizes };
      for (const key of ['size', 'stored', 'offset'] as const) {
        if (sizes[key] !== 0xffffffff) continue;
        if (next + 8 > fieldEnd) throw damaged('a short zip64 field', 'the sizes');
        out[key] = Number(view.getBigUint64(next, true));
        next += 8;
      }
      return out;
    }
    at = fieldEnd;
  }
  return sizes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(got: string, expected: string): FormatError {
  return new FormatError('its zip directory is damaged', got, expected);
}
