/** What was trained: one class an image, or one a pixel. Decides the measure: recall, or intersection over union (IoU). */
export type Task = 'classification' | 'segmentation';

/** Readings at the end of an epoch, as fractions 0…1; absent where the run did not read them. */
export interface EpochReading {
  /** 0 is before training. */
  epoch: number;
  /** Optimizer steps taken so far. */
  step?: number;
  taskLoss?: number;
  regularizerLoss?: number;
  /** Mean-class accuracy, or mean IoU, on held-out source images. */
  source?: number;
  /** Accuracy on the pretrained network's old task. */
  retention?: number;
  /** Share of old-task images on which the network still says what the frozen one says. */
  agreement?: number;
  /** Mean KL of the frozen network's answers to the network's, on the old task's images, in nats. */
  kl?: number;
  /** Distance of the parameters to their start, by group. */
  distance?: Readonly<Record<string, number>>;
  /** Mean-class accuracy, or mean IoU, on the target. */
  target?: number;
  /** Recall, or IoU, per class on the target; `null` for a class with no images. */
  targetPerClass?: readonly (number | null)[];
}

/** A round of self-training, as fractions 0…1. What stands before `oracle` is known without the target's labels. */
export interface RoundReading {
  /** From 1. */
  round: number;
  /** The portion asked for. */
  portion?: number;
  /** Share of the target's images, or pixels, that got a pseudo-label. */
  selected?: number;
  /** The same for those that were predicted as the class; `null` where none was. */
  selectedPerClass?: readonly (number | null)[];
  /** Shares of the classes among the pseudo-labels. */
  distribution?: readonly (number | null)[];
  /** Share of the pseudo-labels that are as in the round before. */
  agreement?: number;
  /** Mean entropy of the predictions, in nats. */
  entropy?: number;
  /** Readings of the network after the round. */
  target?: number;
  source?: number;
  retention?: number;
  /** Share of the pseudo-labels that are right. Reads the target's labels. */
  pseudoLabelAccuracy?: number;
}

/** What the selection rule's checkpoint reads, as fractions 0…1. */
export interface FinalReading {
  target?: number;
  targetPerClass?: readonly (number | null)[];
  /** Share of the target's pixels that are right. */
  pixelAccuracy?: number;
  /** Counts on the target: a row a true class, a column a predicted one. */
  confusion?: readonly (readonly number[])[];
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
  /** Default classification. */
  task?: Task;
  seed?: number;
  /** The rule that chose the checkpoint: "last-epoch". "not recorded" where the folder does not say. */
  selection: string;
  final: FinalReading;
  oracle?: OracleReadingOfRun;
  /** Ascending by epoch. */
  epochs: readonly EpochReading[];
  /** Ascending by round; of a self-training run. */
  rounds?: readonly RoundReading[];
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
