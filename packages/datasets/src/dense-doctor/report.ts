/** What kind of thing is wrong with a set of images and label images. */
export type DenseProblemKind =
  | 'label-table'
  | 'missing-split'
  | 'no-list'
  | 'broken-line'
  | 'duplicate'
  | 'missing-label'
  | 'missing-image'
  | 'no-truth'
  | 'unreadable-image'
  | 'unreadable-label'
  | 'not-a-label'
  | 'unknown-values'
  | 'size-differs'
  | 'size-nominal'
  | 'absent-class'
  | 'counts-differ'
  | 'leak';

/** One thing that is wrong, however often it occurs. */
export interface DenseProblem {
  /** An error stops a run; a warning does not. */
  readonly severity: 'error' | 'warning';
  readonly kind: DenseProblemKind;
  /** Null where it concerns the whole data folder. */
  readonly split: string | null;
  readonly message: string;
  /** How often. */
  readonly count: number;
  /** The first few occurrences. */
  readonly examples: readonly string[];
  /** What to do about it. */
  readonly fix: string;
}

/** What a split holds. */
export interface DenseSplitReport {
  readonly split: string;
  readonly found: boolean;
  /** Images, as listed or found. */
  readonly images: number;
  /** Images that have a label image. */
  readonly labelled: number;
  /** Images as published; null for a set with its own label table. */
  readonly published: number | null;
  /** Pixels of each trained class, and of none at the end; null where the labels were not decoded. */
  readonly pixels: readonly number[] | null;
}

/** All that {@link doctorDense} found. Plain JSON. */
export interface DenseDoctorReport {
  readonly root: string;
  readonly layout: DenseLayout;
  readonly classes: readonly string[];
  readonly splits: readonly DenseSplitReport[];
  readonly problems: readonly DenseProblem[];
  /** Whether every file was decoded. */
  readonly deep: boolean;
  /** No errors; there may be warnings. */
  readonly ok: boolean;
}

/** How a folder of images and label images is laid out. */
export type DenseLayout = 'gta5' | 'cityscapes';
