import { join } from 'node:path';
import { disposeParams, type Params, UserError } from '@syn2real/core';
import { parseSafetensors } from '@syn2real/weights';
import { canonicalJson, type JsonObject, type JsonValue, sha256 } from '../files/json.js';
import { CHECKPOINTS, type Run } from '../run/run.js';
import { type CheckpointFile, type CheckpointManifest, FORMAT, STATE, TENSORS } from './checkpoint.js';
import { listCheckpoints } from './list.js';
import { toTensors } from './tensors.js';

/** A checkpoint as it was saved. */
export interface LoadedCheckpoint {
  /** Steps done. */
  readonly step: number;
  /** Tensors by group and name; the caller owns them. */
  readonly groups: Readonly<Record<string, Params>>;
  readonly state: JsonObject;
  /** Lengths to which the run's journal is cut back. */
  readonly journal: Readonly<Record<string, number>>;
  /** Steps of the checkpoints that stay beside it; others are removed when the run goes on from here. */
  readonly kept: readonly number[];
  /** Newer checkpoints that were passed over because they are damaged, one message each. */
  readonly damaged: readonly string[];
}

/** Options of {@link loadCheckpoint}. */
export interface LoadCheckpointOptions {
  /** The checkpoint after this many steps. Default: the newest. */
  step?: number;
  /** Whether an older checkpoint is taken where the newest is damaged. Default false: an error. */
  fallback?: boolean;
  /** Groups to load. Default: all. */
  groups?: readonly string[];
}

/**
 * Loads a checkpoint after checking every checksum, bit by bit as it was saved.
 *
 * @returns undefined where the run has no checkpoint yet (and no `step` was asked for)
 * @throws UserError where the checkpoint is damaged, and says which file; with `fallback`, only where all are
 * @example
 * ```ts
 * const saved = await loadCheckpoint(run);
 * const journal = openJournal(run, saved);
 * const params = saved?.groups.params ?? network.init(rng).params;
 * ```
 */
export async function loadCheckpoint(
  run: Run,
  { step, fallback = false, groups }: LoadCheckpointOptions = {},
): Promise<LoadedCheckpoint | undefined> {
  const steps = listCheckpoints(run);
  if (step !== undefined && !steps.includes(step)) {
    throw new UserError({
      what: `the run in ${run.dir} has no checkpoint of step ${step}`,
      got: steps.length === 0 ? 'none at all' : `steps ${steps.join(', ')}`,
      fix: 'name one of these steps',
    });
  }
  const candidates = step === undefined ? steps.reverse() : [step];
  const damaged: string[] = [];
  for (const candidate of candidates) {
    try {
      return { ...loadFolder(run, candidate, groups), damaged };
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damaged.push(error.message);
      if (!fallback)
        throw damageError(
          error,
          steps.filter((other) => other < candidate),
        );
    }
  }
  if (damaged.length === 0) return undefined;
  throw new UserError({
    what: `every checkpoint of the run in ${run.dir} is damaged`,
    got: damaged.join('; '),
    fix: 'begin another run with --name',
  });
}

/** Disposes a checkpoint's tensors; does nothing where there is none. */
export function disposeCheckpoint(checkpoint: LoadedCheckpoint | undefined): void {
  for (const tensors of Object.values(checkpoint?.groups ?? {})) disposeParams(tensors);
}

/** A file of a checkpoint is not what was written. */
class Damage extends Error {}

function damageError(damage: Damage, older: readonly number[]): UserError {
  return new UserError({
    what: damage.message,
    expected: 'the bytes that were saved',
    fix:
      older.length === 0
        ? 'there is no older checkpoint: begin another run with --name'
        : `restore the file, or go on from the checkpoint of step ${Math.max(...older)} with --fallback`,
    cause: damage,
  });
}

function loadFolder(run: Run, step: number, wanted: readonly string[] | undefined) {
  const folder = join(run.dir, CHECKPOINTS, String(step));
  const manifest = readManifest(run, folder, step);
  const groups: Record<string, Params> = {};
  try {
    for (const [name, listed] of Object.entries(manifest.files)) {
      const group = name.slice(0, -TENSORS.length);
      if (wanted !== undefined && !wanted.includes(group)) continue;
      groups[group] = loadGroup(run, folder, name, listed);
    }
  } catch (error) {
    for (const tensors of Object.values(groups)) disposeParams(tensors);
    throw error;
  }
  return { step, groups, state: manifest.state, journal: manifest.journal, kept: manifest.kept };
}

/** The tensors of one file; the file's bytes are not held on to. */
function loadGroup(
  run: Run,
  folder: string,
  name: string,
  { bytes, sha256: sum, tensors }: CheckpointFile,
): Params {
  const content = read(run, folder, name);
  if (content.byteLength !== bytes || sha256(content) !== sum) {
    throw new Damage(
      `the checkpoint ${folder} is damaged: ${name} has ${content.byteLength} bytes of which the checksum is not that of the ${bytes} saved`,
    );
  }
  return toTensors(parseSafetensors(content).tensors, tensors);
}

function readManifest(run: Run, folder: string, step: number): CheckpointManifest {
  const text = new TextDecoder().decode(read(run, folder, STATE));
  let content: JsonObject;
  try {
    content = JSON.parse(text);
    const { sha256: sum, ...rest }: Record<string, JsonValue> = content;
    if (sha256(canonicalJson(rest)) !== sum) throw new Error('its checksum is not that of its content');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Damage(`the checkpoint ${folder} is damaged: ${STATE} cannot be read (${reason})`);
  }
  const manifest = content as unknown as CheckpointManifest;
  if (manifest.format !== FORMAT) {
    throw new UserError({
      what: `the checkpoint ${folder} is of another version of this program`,
      got: String(manifest.format),
      expected: FORMAT,
      fix: 'go on with the version that began the run',
    });
  }
  if (manifest.step !== step) {
    throw new Damage(`the checkpoint ${folder} is damaged: it says that it is of step ${manifest.step}`);
  }
  return manifest;
}

function read(run: Run, folder: string, name: string): Uint8Array {
  try {
    return run.files.readFileSync(join(folder, name));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Damage(`the checkpoint ${folder} is damaged: ${name} cannot be read (${reason})`);
  }
}
