import type { JsonObject } from '../files/json.js';

/** One file of a checkpoint, as its state.json lists it. */
export interface CheckpointFile {
  readonly bytes: number;
  readonly sha256: string;
  /** Names in the order that they had: sums over them come out the same to the last bit. */
  readonly tensors: readonly string[];
}

/** state.json of a checkpoint. */
export interface CheckpointManifest {
  readonly format: typeof FORMAT;
  /** Steps done. */
  readonly step: number;
  /** Files of tensors beside it, by name. */
  readonly files: Readonly<Record<string, CheckpointFile>>;
  /** Length of each growing file of the run at that moment, by its name in the run's folder. */
  readonly journal: Readonly<Record<string, number>>;
  /** Steps of the checkpoints that stay beside it, itself included: a kill may come before the others are removed. */
  readonly kept: readonly number[];
  /** What the caller saved besides tensors. */
  readonly state: JsonObject;
}

/** Name and version of the layout. */
export const FORMAT = 'syn2real-checkpoint/1';

/** Name of the manifest. */
export const STATE = 'state.json';

/** Ending of the files of tensors. */
export const TENSORS = '.safetensors';
