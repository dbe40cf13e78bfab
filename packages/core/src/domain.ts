/** One image of a domain, named as its list names it. */
export interface ImageRef {
  /** Relative path as in the data set's list: `"truck/src_1_34_345_18.png"`. */
  readonly path: string;
  /** Where the file is. */
  readonly file: string;
}

/** Labelled images to train on. */
export interface SourceDomain {
  readonly kind: 'source';
  readonly name: string;
  readonly classes: readonly string[];
  readonly images: readonly ImageRef[];
  /** Class index per image. */
  readonly labels: Int32Array;
  /** SHA-256 of the list of paths and labels. */
  readonly fingerprint: string;
}

/** Images of the domain that results are wanted on. It has no labels: see {@link Oracle}. */
export interface TargetDomain {
  readonly kind: 'target';
  readonly name: string;
  readonly classes: readonly string[];
  readonly images: readonly ImageRef[];
  /** SHA-256 of the list of paths. */
  readonly fingerprint: string;
}

/**
 * The only way to a target domain's labels: predictions in, a confusion matrix out, every reading on record.
 *
 * Training code takes no oracle; what it returns is reported, never selected by (unless a run says so).
 */
export interface Oracle {
  readonly target: string;
  /**
   * Scores predicted class indices against the truth, in the order of the target's images; −1 leaves an image out
   * (it could not be read).
   */
  score(predictions: Int32Array, purpose: string): ConfusionMatrix;
}

/** One reading of a target's labels. */
export interface OracleReading {
  target: string;
  purpose: string;
  images: number;
}

/** Counts, row = truth, column = prediction, row-major `[classes, classes]`. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Float64Array;
}
