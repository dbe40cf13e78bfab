import { join } from 'node:path';
import { diskError, type FileSystem } from '../files/file-system.js';
import { CHECKPOINTS, listFolder, type Run } from '../run/run.js';

/** Steps of which the run has a checkpoint, ascending. */
export function listCheckpoints(run: Run): number[] {
  return listFolder(run.files, join(run.dir, CHECKPOINTS))
    .filter((name) => /^(0|[1-9]\d*)$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Begins the names of folders that are being written or removed. */
export const TEMPORARY = '.tmp-';

/** Removes a checkpoint whole: its folder is renamed first, so that what a kill leaves is no checkpoint. */
export function removeCheckpoint(files: FileSystem, parent: string, step: number): void {
  const going = join(parent, `${TEMPORARY}${step}.gone`);
  try {
    files.rmSync(going, { recursive: true, force: true });
    files.renameSync(join(parent, String(step)), going);
    files.rmSync(going, { recursive: true, force: true });
  } catch (error) {
    throw diskError(error, parent);
  }
}

/** Removes the checkpoints that are not to be kept, and folders that a kill left half-written. */
export function rewindCheckpoints(run: Run, kept: readonly number[]): void {
  const parent = join(run.dir, CHECKPOINTS);
  for (const step of listCheckpoints(run)) {
    if (!kept.includes(step)) removeCheckpoint(run.files, parent, step);
  }
  for (const name of listFolder(run.files, parent)) {
    if (name.startsWith(TEMPORARY)) run.files.rmSync(join(parent, name), { recursive: true, force: true });
  }
}
