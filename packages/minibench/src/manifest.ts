import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { MinibenchSettings } from './options.js';

/** The name of the file that describes a prepared folder. */
export const MANIFEST_FILE = 'minibench.json';
/** The splits' folders. */
export const SPLITS = ['train', 'validation', 'retention'] as const;
/** Grows whenever the same settings come to mean other images. */
const FORMAT = 1;
const GENERATOR = '@syn2real/minibench';
const ROOT_FILES = ['classes.txt', 'contact-sheet.png'];

/** What `minibench.json` holds: enough to know the folder again and to find damage. */
export interface MinibenchManifest {
  readonly generator: string;
  readonly format: number;
  readonly settings: MinibenchSettings;
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
export function manifestOf(
  settings: MinibenchSettings,
  content: { files: number; digest: string },
  encoders: Readonly<Record<string, string>>,
): MinibenchManifest {
  return { generator: GENERATOR, format: FORMAT, settings, ...content, encoders };
}

/** What a folder's manifest says of it against the settings asked for. */
export type FolderState =
  | { readonly kind: 'same'; readonly manifest: MinibenchManifest }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'different'; readonly found: string }
  | { readonly kind: 'damaged'; readonly found: string };

/** Reads a folder's manifest and, where the settings are those asked for, hashes every file it lists. */
export async function inspectFolder(root: string, settings: MinibenchSettings): Promise<FolderState> {
  const manifest = await readManifest(root);
  if (manifest === undefined) return { kind: 'foreign' };
  if (manifest.format !== FORMAT) return { kind: 'different', found: `format ${manifest.format}` };
  if (!isDeepStrictEqual(manifest.settings, settings)) {
    return { kind: 'different', found: JSON.stringify(manifest.settings) };
  }
  const digest = fileDigest();
  try {
    for (const path of ROOT_FILES) digest.add(path, await readFile(join(root, path)));
    for (const split of SPLITS) await digestSplit(root, split, digest);
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
  return { kind: 'same', manifest };
}

async function readManifest(root: string): Promise<MinibenchManifest | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(root, MANIFEST_FILE), 'utf8'));
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is MinibenchManifest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'generator' in value &&
    value.generator === GENERATOR &&
    'format' in value &&
    typeof value.format === 'number' &&
    'settings' in value &&
    'digest' in value &&
    typeof value.digest === 'string' &&
    'files' in value &&
    typeof value.files === 'number'
  );
}

async function digestSplit(root: string, split: string, digest: FileDigest): Promise<void> {
  const list = await readFile(join(root, split, 'image_list.txt'));
  digest.add(`${split}/image_list.txt`, list);
  const paths = list
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
  const queue = paths.values();
  const work = async () => {
    for (const path of queue) digest.add(`${split}/${path}`, await readFile(join(root, split, path)));
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
