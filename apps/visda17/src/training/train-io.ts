import type { Interruption } from '@syn2real/trainer';

/** Where a run is, and what it says on the way. */
export interface TrainIo {
  /** Folder of the run. */
  dir: string;
  label: string;
  log: (line: string) => void;
  stream: NodeJS.WriteStream;
  /** Whether the user has asked to stop; the caller's. */
  stop: Interruption;
}
