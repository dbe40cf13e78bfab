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
  /** The truth of some images, given by their places in the target's list, to be shown in a figure. On record at once. */
  show(images: Int32Array, purpose: string): Int32Array;
}

/** Images with a class for each pixel, to train on. */
export interface DenseSourceDomain {
  readonly kind: 'source';
  readonly name: string;
  readonly classes: readonly string[];
  readonly images: readonly ImageRef[];
  /** The label image of each image, in their order. */
  readonly labels: readonly ImageRef[];
  /**
   * Class index of each value that a label image can hold, `[256]`; 255: such pixels count for nothing; 254: a
   * label image holds no such value, one that does is refused.
   */
  readonly trainIds: Uint8Array;
  /**
   * Where an image and its label differ in size, both are brought to this size if they are near it; without it, or
   * far from it, such a pair is an error.
   */
  readonly nominalSize?: ImageSize;
  /** SHA-256 of the list of paths, of images and labels, and of the classes of values. */
  readonly fingerprint: string;
}

/** `[height, width]` in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** As {@link Oracle}, for a class for each pixel: all predictions together would not fit in memory. */
export interface DenseOracle {
  readonly target: string;
  /**
   * Begins a reading of the truth. It goes on record when its result is taken.
   *
   * @param options partial: predictions of 255 are none, such as those of pixels without a pseudo-label, and left out of the
   * counts. Default false: they are refused
   */
  open(purpose: string, options?: { readonly partial?: boolean }): DenseReading;
  /** One image's truth, to be shown in a figure. On record at once. */
  show(image: number, purpose: string): Promise<ClassMap>;
}

/** A class for each pixel. */
export interface ClassMap {
  /** Class indices, row by row, `[height, width]`; 255: counts for nothing. */
  readonly classes: Uint8Array;
  readonly size: ImageSize;
}

/** One pass over a target's labels. Images may come in any order, each once; those left out are not counted. */
export interface DenseReading {
  /**
   * Counts one image's pixels.
   *
   * @param image its place in the target's list
   * @param prediction class indices, row by row, `[height, width]`; free where the truth counts for nothing
   * @param size of the prediction; it must be the label's
   */
  add(image: number, prediction: Uint8Array, size: ImageSize): Promise<void>;
  /** Puts the reading on record and gives what all images added up to. Once. */
  finish(): ConfusionMatrix;
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
