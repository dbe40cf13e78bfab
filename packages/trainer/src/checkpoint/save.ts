import { join } from 'node:path';
import { type Params, UserError } from '@syn2real/core';
import { safetensorsChunks } from '@syn2real/weights';
import { discard, diskError, syncFolder, writeChunksDurably, writeDurably } from '../files/file-system.js';
import { asJson, canonicalJson, type JsonObject, type JsonValue, sha256 } from '../files/json.js';
import type { Journal } from '../log/journal.js';
import { DIVERGED } from '../run/exit-code.js';
import { CHECKPOINTS, type Run } from '../run/run.js';
import { type CheckpointFile, type CheckpointManifest, FORMAT, STATE, TENSORS } from './checkpoint.js';
import { listCheckpoints, removeCheckpoint, TEMPORARY } from './list.js';
import { allFinite, toRecords } from './tensors.js';

/** Options of {@link saveCheckpoint}. */
export interface SaveCheckpointOptions {
  /** The run's journal; going on from this checkpoint cuts it back to where it is now. Default: none. */
  journal?: Journal;
  /** How many of the newest checkpoints stay. Default 2. */
  keepLast?: number;
  /** Steps whose checkpoints stay besides, such as the selected epoch's. Default: none. */
  keep?: readonly number[];
  /** Groups in which a NaN or an infinity is an error. Default `["params"]`. */
  requireFinite?: readonly string[];
}

/**
 * Saves a checkpoint: `checkpoints/<step>/<group>.safetensors` for each group of tensors, and state.json.
 *
 * Everything is written into a folder beside, flushed, and renamed: the checkpoint is complete or absent, also after
 * a kill or a power cut. The tensors are stored bit by bit. Older checkpoints go only when the new one is there. One
 * that is there for this step already is replaced. A step of the loop ends with this: what was logged before is kept
 * on resume, and what comes after is done again. Tensors are fetched one at a time, so that no second copy of them all is
 * held.
 *
 * @param step steps done
 * @param groups tensors by name in groups, only read; an empty group is stored too
 * @param state what else there is to go on with: random streams, scores so far, a controller's plain state
 * @returns the checkpoint's folder
 * @throws UserError where the disk refuses, or a tensor that must be finite is not: the last checkpoint is then
 *   still there, and nothing half-written
 * @example
 * ```ts
 * await saveCheckpoint(run, state.step, { params: state.params, optimizer: state.optimizer }, { rng: rng.state() }, { journal });
 * ```
 */
export async function saveCheckpoint(
  run: Run,
  step: number,
  groups: Readonly<Record<string, Params>>,
  state: JsonObject,
  { journal, keepLast = 2, keep = [], requireFinite = ['params'] }: SaveCheckpointOptions = {},
): Promise<string> {
  if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`A step is a count; got ${step}.`);
  if (!(keepLast >= 1)) throw new RangeError(`At least one checkpoint is kept; got keepLast ${keepLast}.`);
  const { files } = run;
  const parent = join(run.dir, CHECKPOINTS);
  const folder = join(parent, String(step));
  const beside = join(parent, `${TEMPORARY}${step}.${process.pid}`);
  let kept: number[];
  try {
    files.rmSync(beside, { recursive: true, force: true });
    files.mkdirSync(beside, { recursive: true });
    const listed: Record<string, CheckpointFile> = {};
    for (const [group, tensors] of Object.entries(groups)) {
      if (!/^[\w-]+$/.test(group)) throw new Error(`A group's name is a file's name; got "${group}".`);
      const records = toRecords(tensors, (name, record) => {
        if (requireFinite.includes(group) && !allFinite(record)) throw notFinite(group, name, step);
      });
      const file = `${group}${TENSORS}`;
      const written = await writeChunksDurably(files, join(beside, file), safetensorsChunks(records));
      listed[file] = { ...written, tensors: Object.keys(tensors) };
    }
    journal?.sync();
    kept = stepsKept(listCheckpoints(run), step, keepLast, keep);
    const manifest: CheckpointManifest = {
      format: FORMAT,
      step,
      files: listed,
      journal: journal?.lengths() ?? {},
      kept,
      state,
    };
    writeDurably(files, join(beside, STATE), new TextEncoder().encode(sealed(manifest)));
    syncFolder(files, beside);
    if (files.existsSync(folder)) removeCheckpoint(files, parent, step);
    files.renameSync(beside, folder);
    syncFolder(files, parent);
  } catch (error) {
    discard(files, beside);
    throw diskError(error, folder);
  }
  for (const old of listCheckpoints(run)) if (!kept.includes(old)) removeCheckpoint(files, parent, old);
  return folder;
}

/** The newest `keepLast` of the checkpoints with this one, this one, and those that are to be kept. */
function stepsKept(
  there: readonly number[],
  step: number,
  keepLast: number,
  keep: readonly number[],
): number[] {
  const steps = [...new Set([...there, step])].sort((a, b) => a - b);
  return steps.filter((at, i) => i >= steps.length - keepLast || at === step || keep.includes(at));
}

/** The manifest with the SHA-256 of its own canonical JSON. */
function sealed(manifest: CheckpointManifest): string {
  const content: JsonValue = asJson(manifest);
  return `${JSON.stringify({ ...(content as JsonObject), sha256: sha256(canonicalJson(content)) }, null, 2)}\n`;
}

function notFinite(group: string, name: string, step: number): UserError {
  return new UserError({
    what: `after step ${step} the ${group} hold a value that is not finite, so they are not saved`,
    got: `NaN or infinity in "${name}"`,
    fix: 'training has diverged: lower the learning rate, or the weight of a regularizer; the last checkpoint is still there',
    exitCode: DIVERGED,
  });
}
