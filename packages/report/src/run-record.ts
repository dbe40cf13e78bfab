/** Accuracies read at the end of an epoch, as fractions 0…1; absent where the run did not read them. */
export interface EpochReading {
  /** 0 is before training. */
  epoch: number;
  /** Optimizer steps taken so far. */
  step?: number;
  taskLoss?: number;
  regularizerLoss?: number;
  /** Mean-class accuracy on held-out source images. */
  source?: number;
  /** Accuracy on the pretrained network's old task. */
  retention?: number;
  /** Share of old-task images on which the network still says what the frozen one says. */
  agreement?: number;
  /** Mean KL of the frozen network's answers to the network's, on the old task's images, in nats. */
  kl?: number;
  /** Distance of the parameters to their start, by group. */
  distance?: Readonly<Record<string, number>>;
  /** Mean-class accuracy on the target. */
  target?: number;
  /** Recall per class on the target; `null` for a class with no images. */
  targetPerClass?: readonly (number | null)[];
}

/** What the selection rule's checkpoint reads, as fractions 0…1. */
export interface FinalReading {
  target?: number;
  targetPerClass?: readonly (number | null)[];
  retention?: number;
  source?: number;
  /** The epoch of that checkpoint. */
  epoch?: number;
}

/** The best epoch by the target's own labels: a bound, not a result. */
export interface OracleReadingOfRun {
  target?: number;
  bestEpoch?: number;
}

/** One finished run, read from its folder. */
export interface RunRecord {
  /** The folder, as given. */
  dir: string;
  /** The folder's own name. */
  name: string;
  /** The method's id: "proxy-guidance". */
  method: string;
  /** The method as shown; runs with the same label are seeds of one method. */
  label: string;
  seed?: number;
  /** The rule that chose the checkpoint: "last-epoch". "not recorded" where the folder does not say. */
  selection: string;
  final: FinalReading;
  oracle?: OracleReadingOfRun;
  /** Ascending by epoch. */
  epochs: readonly EpochReading[];
  /** Wall-clock time of training. */
  seconds?: number;
  classes?: readonly string[];
  /** The command line that made the run, where recorded. */
  command?: string;
  /** config.json as it is; undefined where absent. */
  config?: unknown;
  /** fingerprint.json as it is, else the summary's fingerprint. */
  fingerprint?: unknown;
}
