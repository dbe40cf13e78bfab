import type { JsonObject } from '../files/json.js';
import type { SelectionRule } from '../firewall/selection.js';
import type { ProgressStream } from '../progress/progress.js';
import type { Interruption } from '../run/interruption.js';
import type { StepLosses } from '../step/losses.js';
import type { TrainState } from '../step/state.js';
import type { LoopRecord } from './progress.js';

/** A batch of an epoch: whatever the program's steps take. */
export interface LoopBatch {
  /** Place in the epoch's order after it: where the next batch begins. */
  readonly end: number;
}

/** What a step gives the loop. */
export interface LoopStep<Own> {
  /** The state after it. */
  readonly state: TrainState;
  readonly losses: StepLosses;
  /** The program's own plain state after it. Default: as before. */
  readonly own?: Own;
  /** More fields for the step's line in the log, such as `{ rate }`. */
  readonly log?: JsonObject;
  /** Images that could not be read, by path, with the reason. */
  readonly skipped?: Readonly<Record<string, string>>;
}

/** What {@link LoopProgram.beforeEpoch} changed. */
export interface LoopStart<Own> {
  /**
   * The state to go on with; may share tensors with the one given, whose others are disposed. For a fresh optimizer:
   * `{ ...state, optimizer: optimizer.init(state.params) }`. Default: as before.
   */
  readonly state?: TrainState;
  /** Default: as before. */
  readonly own?: Own;
}

/** A training program, as the loop calls it: data, steps and measurements are its own; the rest is the loop's. */
export interface LoopProgram<Batch extends LoopBatch, Measured extends object, Own, Result> {
  /** Its plain state at the beginning; kept in each checkpoint as JSON. */
  readonly own: Own;
  /** The state at the beginning. The loop owns it from then on. */
  fresh(): Promise<TrainState>;
  /** Called before each checkpoint is written, also where the user has asked to stop: to give memory back. Default: nothing. */
  beforeSave?(): void;
  /**
   * Called when an epoch is entered, before its batches: to compute pseudo-labels, to start an optimizer afresh. What it
   * returns is in force from then on, and a checkpoint is saved. Where the run goes on in the middle of the epoch it is
   * called again with `begun`: it then only reads back what it had written (under the run's folder), and what it returns
   * is ignored. Killed before it has returned, it is called again with the same state.
   *
   * @param at.epoch epochs done
   */
  beforeEpoch?(at: {
    readonly epoch: number;
    readonly state: TrainState;
    readonly own: Own;
    readonly begun: boolean;
    /** Shows how far it is, and leaves where the user has asked to stop. */
    readonly onProgress: (note: string) => void;
  }): Promise<LoopStart<Own> | undefined>;
  /**
   * The epoch's batches from a place of its order on; a function of seed, epoch and place alone.
   *
   * @param epoch epochs done
   * @param offset place of the first image to come
   */
  batches(epoch: number, offset: number): AsyncIterable<Batch>;
  /** One step; uses the state up, as `trainStep` does. `state.step` counts over all epochs. */
  step(at: {
    readonly state: TrainState;
    readonly batch: Batch;
    readonly own: Own;
    readonly epoch: number;
  }): Promise<LoopStep<Own>>;
  /**
   * Measures the state after `epoch` epochs; 0: before training. Undefined: nothing to say of it. What it returns
   * becomes the epoch's line in the log. Disposes nothing of the state.
   */
  measure(at: {
    readonly epoch: number;
    readonly state: TrainState;
    readonly own: Own;
    /** Shows how far it is, and leaves where the user has asked to stop. */
    readonly onProgress: (note: string) => void;
  }): Promise<Measured | undefined>;
  /** The score that `selection: 'source-held-out'` goes by, higher is better; never of the target. Default: none. */
  score?(record: LoopRecord & Measured): number | undefined;
  /** Exports the selected state and writes the summary. The states stay the loop's. */
  finish(at: LoopEnd<Measured, Own>): Promise<Result>;
}

/** A run that has come to its end. */
export interface LoopEnd<Measured extends object, Own> {
  /** The record that the selection rule took. */
  readonly selected: LoopRecord & Measured;
  /** The state at the selected record; of an earlier epoch without its optimizer's. */
  readonly state: TrainState;
  readonly records: readonly (LoopRecord & Measured)[];
  readonly own: Own;
  readonly skipped: Readonly<Record<string, string>>;
  /** Seconds that the run has taken, over all its processes. */
  readonly seconds: number;
}

/** How a loop goes. */
export interface LoopOptions {
  readonly epochs: number;
  /** Steps of the whole run, for the bar. */
  readonly totalSteps: number;
  /** Steps between checkpoints; one is saved after each epoch and record too. Default 1000. */
  readonly checkpointEvery?: number;
  /** Epochs between measurements; the last epoch is always measured, and the start. Default 1. */
  readonly measureEvery?: number;
  /** Which epoch is reported. Default `last`. */
  readonly selection?: SelectionRule;
  /** What the bar shows. */
  readonly label: string;
  readonly log: (line: string) => void;
  /** Where the bar goes. */
  readonly stream: ProgressStream;
  /** Whether the user has asked to stop. */
  readonly stop: Interruption;
  /** Milliseconds on any clock. Default Date.now. */
  readonly now?: () => number;
}
