import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MinibenchSettings } from './options.js';

/** The name of the file that describes a prepared folder. */
export const MANIFEST_FILE = 'minibench.json';

/** A kind of folder that this package writes. */
export interface FolderKind<Settings> {
  /** Its name in the manifest. */
  readonly generator: string;
  /** What it is called in a message. */
  readonly title: string;
  /** Grows whenever the same settings come to mean other images. */
  readonly format: number;
  /** Every file of a folder with these settings, but the manifest. */
  readonly paths: (root: string, settings: Settings) => Promise<readonly string[]>;
}

/** What `minibench.json` holds: enough to know the folder again and to find damage. */
export interface MinibenchManifest<Settings = MinibenchSettings> {
  readonly generator: string;
  readonly format: number;
  readonly settings: Settings;
  /** How many files the digest covers. */
  readonly files: number;
  /** SHA-256, in hex, over a line "<sha256 of the file>  <path>" a file, sorted by path. */
  readonly digest: string;
  /** The encoders that made the files: other versions may make other bytes of the same pixels. */
  readonly encoders: Readonly<Record<string, string>>;
}

/** Collects the files' hashes as they are written or read. */
export interface FileDigest {
  add(path: string, bytes: Uint8Array): void;
  result(): { files: number; digest: string };
}

/** An empty digest; the order in which files are added does not matter. */
export function fileDigest(): FileDigest {
  const lines: string[] = [];
  return {
    add: (path, bytes) => {
      lines.push(`${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`);
    },
    result: () => {
      const hash = createHash('sha256');
      for (const line of lines.toSorted((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1))) hash.update(line);
      return { files: lines.length, digest: hash.digest('hex') };
    },
  };
}

/** The manifest of a folder made with these settings. */
export function manifestOf<Settings>(
  { generator, format }: FolderKind<Settings>,
  settings: Settings,
  content: { files: number; digest: string },
  encoders: Readonly<Record<string, string>>,
): MinibenchManifest<Settings> {
  return { generator, format, settings, ...content, encoders };
}

/** What a folder's manifest says of it against the settings asked for. */
export type FolderState<Settings> =
  | { readonly kind: 'same'; readonly manifest: MinibenchManifest<Settings> }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'different'; readonly found: string; readonly asked: string }
  | { readonly kind: 'damaged'; readonly found: string };

/** The settings that differ, as each side has them. */
function differing(found: unknown, asked: unknown): [string, string] {
  const sides = [{ ...(found as object) }, { ...(asked as object) }] as Record<string, unknown>[];
  const keys = [...new Set(sides.flatMap(Object.keys))].filter(
    (key) => !isDeepStrictEqual(sides[0]![key], sides[1]![key]),
  );
  const said = (side: Record<string, unknown>) =>
    keys.map((key) => `${key} = ${JSON.stringify(side[key]) ?? 'none'}`).join(', ');
  return [said(sides[0]!), said(sides[1]!)];
}

/** Reads a folder's manifest and, where the settings are those asked for, hashes every file it lists. */
export async function inspectFolder<Settings>(
  root: string,
  settings: Settings,
  kind: FolderKind<Settings>,
): Promise<FolderState<Settings>> {
  const manifest = await readManifest(root, kind);
  if (manifest === undefined) return { kind: 'foreign' };
  if (manifest.format !== kind.format) {
    return { kind: 'different', found: `format ${manifest.format}`, asked: `format ${kind.format}` };
  }
  if (!isDeepStrictEqual(manifest.settings, settings)) {
    const [found, asked] = differing(manifest.settings, settings);
    return { kind: 'different', found, asked };
  }
  const digest = fileDigest();
  try {
    await digestPaths(root, await kind.paths(root, settings), digest);
  } catch (error) {
    return { kind: 'damaged', found: error instanceof Error ? error.message : String(error) };
  }
  const { files, digest: hash } = digest.result();
  if (hash !== manifest.digest) {
    return {
      kind: 'damaged',
      found: `${files} files with digest ${hash.slice(0, 12)}…, not ${manifest.files} with ${manifest.digest.slice(0, 12)}…`,
    };
  }
  return { kind: 'same', manifest: { ...manifest, settings } };
}

/** Adds the files at these paths in a folder. */
async function digestPaths(
  root: string,
  paths: readonly string[],
  digest: FileDigest,
  parallel = 16,
): Promise<void> {
  const queue = paths.values();
  const work = async () => {
    for (const path of queue) digest.add(path, await readFile(join(root, path)));
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

async function readManifest<Settings>(
  root: string,
  { generator }: FolderKind<Settings>,
): Promise<MinibenchManifest<unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(root, MANIFEST_FILE), 'utf8'));
    return isManifest(value) && value.generator === generator ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is MinibenchManifest<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'generator' in value &&
    'format' in value &&
    typeof value.format === 'number' &&
    'settings' in value &&
    'digest' in value &&
    typeof value.digest === 'string' &&
    'files' in value &&
    typeof value.files === 'number'
  );
}
