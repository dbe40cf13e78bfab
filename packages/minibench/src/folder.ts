import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isUserError, UserError } from '@syn2real/core';
import { type FolderKind, inspectFolder, type MinibenchManifest } from './manifest.js';

/** A folder that holds a benchmark. */
export interface PreparedFolder<Settings> {
  /** The folder's absolute path. */
  readonly directory: string;
  /** Whether it was there before, with the same settings and every byte in its place. */
  readonly reused: boolean;
  readonly manifest: MinibenchManifest<Settings>;
}

/**
 * Writes a folder beside its place and moves it there when it is whole, or reuses the one that is there.
 *
 * @throws UserError where the folder holds something else or is damaged, or cannot be written
 */
export async function prepareFolder<Settings>(
  outDir: string,
  settings: Settings,
  kind: FolderKind<Settings>,
  write: (beside: string) => Promise<MinibenchManifest<Settings>>,
): Promise<PreparedFolder<Settings>> {
  const directory = resolve(outDir);
  try {
    const found = await existingManifest(directory, settings, kind);
    if (found !== undefined) return { directory, reused: true, manifest: found };
    await mkdir(dirname(directory), { recursive: true });
    await removeAbandoned(directory);
    const beside = await mkdtemp(`${directory}.partial-${process.pid}-`);
    try {
      const manifest = await write(beside);
      await moveIntoPlace(beside, directory);
      return { directory, reused: false, manifest };
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      const other = await existingManifest(directory, settings, kind).catch(() => undefined);
      if (other !== undefined) return { directory, reused: true, manifest: other };
      throw error;
    }
  } catch (error) {
    throw withAdvice(error, directory);
  }
}

/** The manifest of a folder to reuse, undefined where the folder is absent or empty; throws on anything else. */
async function existingManifest<Settings>(
  directory: string,
  settings: Settings,
  folder: FolderKind<Settings>,
): Promise<MinibenchManifest<Settings> | undefined> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (entries.length === 0) return undefined;
  const state = await inspectFolder(directory, settings, folder);
  if (state.kind === 'same') return state.manifest;
  const what = {
    foreign: `the folder holds something other than ${folder.title}`,
    different: `the folder holds ${folder.title} with other settings`,
    damaged: `the folder holds ${folder.title}, but its files have changed`,
  }[state.kind];
  throw new UserError({
    what: `${what}: ${directory}`,
    got:
      state.kind === 'foreign'
        ? `${entries.slice(0, 5).join(', ')}${entries.length > 5 ? ', …' : ''}`
        : state.found,
    expected: `an absent or empty folder, or ${state.kind === 'different' ? state.asked : `the settings ${JSON.stringify(settings)}`}`,
    fix: 'choose another folder, or remove this one yourself; nothing was written',
  });
}

/** Renames a finished folder to its place, which is absent or empty. */
async function moveIntoPlace(beside: string, directory: string): Promise<void> {
  await rmdir(directory).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  await rename(beside, directory);
}

/** Removes what a killed process left beside the folder. */
async function removeAbandoned(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.partial-`;
  for (const name of await readdir(dirname(directory))) {
    const owner = name.startsWith(prefix) ? /^(\d+)-\w{6}$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (owner !== undefined && !isRunning(Number(owner))) {
      await rm(join(dirname(directory), name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const ADVICE: Readonly<Record<string, { what: string; fix: string }>> = {
  ENOSPC: { what: 'the disk is full', fix: 'free about 100 MB, or choose a folder on another disk' },
  EDQUOT: { what: 'the disk quota is used up', fix: 'free about 100 MB, or choose a folder on another disk' },
  EACCES: { what: 'no permission to write the folder', fix: 'choose a folder that you may write' },
  EPERM: { what: 'no permission to write the folder', fix: 'choose a folder that you may write' },
  EROFS: { what: 'the disk cannot be written', fix: 'choose a folder on another disk' },
  ENOTDIR: { what: 'the path leads through a file', fix: 'choose a path whose parents are folders' },
  EEXIST: { what: 'the path leads through a file', fix: 'choose a path whose parents are folders' },
};

/** A failure of the file system as an error that says what to do. */
function withAdvice(error: unknown, directory: string): unknown {
  const advice = ADVICE[codeOf(error) ?? ''];
  if (isUserError(error) || advice === undefined) return error;
  return new UserError({
    what: `${advice.what}: ${directory}`,
    fix: `${advice.fix}; nothing is left behind`,
    cause: error,
  });
}
