import type { Visda17Split } from '../visda17/classes.js';

/** What kind of thing is wrong. */
export type DoctorProblemKind =
  | 'missing-split'
  | 'class-names'
  | 'empty-list'
  | 'broken-line'
  | 'label-out-of-range'
  | 'path-outside'
  | 'label-missing'
  | 'duplicate'
  | 'missing-file'
  | 'unlisted-file'
  | 'unreadable-file'
  | 'counts-differ'
  | 'no-truth'
  | 'leak';

/** One thing that is wrong, however often it occurs. */
export interface DoctorProblem {
  /** An error stops a run; a warning does not. */
  readonly severity: 'error' | 'warning';
  readonly kind: DoctorProblemKind;
  /** Null where it concerns the whole data folder. */
  readonly split: Visda17Split | null;
  readonly message: string;
  /** How often. */
  readonly count: number;
  /** The first few occurrences. */
  readonly examples: readonly string[];
  /** What to do about it. */
  readonly fix: string;
}

/** What a split holds. */
export interface SplitReport {
  readonly split: Visda17Split;
  /** Whether its list was found. */
  readonly found: boolean;
  /** Usable lines of the list. */
  readonly images: number;
  /** Images per class; null where the list has no labels. */
  readonly perClass: readonly number[] | null;
  /** Images per class as published; null for other classes than VisDA-17's. */
  readonly published: readonly number[] | null;
}

/** All that {@link doctor} found. Plain JSON. */
export interface DoctorReport {
  readonly root: string;
  readonly classes: readonly string[];
  readonly splits: readonly SplitReport[];
  readonly problems: readonly DoctorProblem[];
  /** Whether every file was decoded and hashed. */
  readonly deep: boolean;
  /** No errors; there may be warnings. */
  readonly ok: boolean;
}

const MAX_EXAMPLES = 5;

/** Counts occurrences of problems by kind, keeping the first few of each. */
export function problemCounter<Kind extends string = DoctorProblemKind>() {
  const found = new Map<Kind, { count: number; examples: string[] }>();
  return {
    add: (kind: Kind, example: string): void => {
      const entry = found.get(kind) ?? { count: 0, examples: [] };
      found.set(kind, entry);
      entry.count += 1;
      if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(example);
    },
    found: (): ReadonlyMap<Kind, { count: number; examples: readonly string[] }> => found,
  };
}

/** Something that counts occurrences; see {@link problemCounter}. */
export type ProblemCounter<Kind extends string = DoctorProblemKind> = ReturnType<typeof problemCounter<Kind>>;
