import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isUserError, UserError } from '@syn2real/core';
import { inspectFolder, type MinibenchManifest } from './manifest.js';
import type { MinibenchSettings } from './options.js';

/** The manifest of a folder to reuse, undefined where the folder is absent or empty; throws on anything else. */
export async function existingManifest(
  directory: string,
  settings: MinibenchSettings,
): Promise<MinibenchManifest | undefined> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (entries.length === 0) return undefined;
  const state = await inspectFolder(directory, settings);
  if (state.kind === 'same') return state.manifest;
  const what = {
    foreign: 'the folder holds something other than the mini benchmark',
    different: 'the folder holds the mini benchmark with other settings',
    damaged: 'the folder holds the mini benchmark, but its files have changed',
  }[state.kind];
  throw new UserError({
    what: `${what}: ${directory}`,
    got:
      state.kind === 'foreign'
        ? `${entries.slice(0, 5).join(', ')}${entries.length > 5 ? ', …' : ''}`
        : state.found,
    expected: `an absent or empty folder, or the settings ${JSON.stringify(settings)}`,
    fix: 'choose another folder, or remove this one yourself; nothing was written',
  });
}

/** Renames a finished folder to its place, which is absent or empty. */
export async function moveIntoPlace(beside: string, directory: string): Promise<void> {
  await rmdir(directory).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  await rename(beside, directory);
}

/** Removes what a killed process left beside the folder. */
export async function removeAbandoned(directory: string): Promise<void> {
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
export function withAdvice(error: unknown, directory: string): unknown {
  const advice = ADVICE[codeOf(error) ?? ''];
  if (isUserError(error) || advice === undefined) return error;
  return new UserError({
    what: `${advice.what}: ${directory}`,
    fix: `${advice.fix}; nothing is left behind`,
    cause: error,
  });
}
