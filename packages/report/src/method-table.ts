import type { RunRecord, Task } from './run-record.js';
import { type Statistic, statistic } from './statistic.js';

/** One method: its runs with the same label and the same selection rule. Accuracies are fractions 0…1. */
export interface MethodRow {
  label: string;
  /** Position of the label in the runs: the method's colour in every figure. */
  series: number;
  /** How many runs. */
  n: number;
  /** Their seeds, ascending, where recorded. */
  seeds: readonly number[];
  /** The rule that chose each run's checkpoint, in words: "last epoch". */
  selection: string;
  /**
   * Mean-class accuracy or mean IoU on the target, at the selected checkpoint. Absent where the selection read the target's labels:
   * such a number is the oracle's.
   */
  target?: Statistic;
  /** Accuracy on the pretrained network's old task. */
  retention?: Statistic;
  /** Mean-class accuracy or mean IoU on held-out source images. */
  source?: Statistic;
  /** The same of the epoch that is best by the target's labels: a bound, not a result. */
  oracle?: Statistic;
  /** Wall-clock time of a run. */
  seconds?: Statistic;
}

/** {@link methodTable}'s data. */
export interface MethodTable {
  rows: readonly MethodRow[];
  /** Decides the measure: mean-class accuracy, or mean IoU. */
  task: Task;
  /** The selection rule of all rows; undefined where they differ. */
  selection?: string;
  /** What a reader must know: repeated seeds, runs without a number. */
  notes: readonly string[];
}

/**
 * Groups runs by label (and selection rule), with mean and sample standard deviation over the runs of each group.
 *
 * Rows come in the order in which their labels first appear. Runs chosen by different rules are never averaged.
 *
 * @param runs - from {@link readRuns}, of one task
 *
 * @example
 * ```ts
 * const table = methodTable(readRuns(dirs));
 * console.log(methodTableText(table));
 * ```
 */
export function methodTable(runs: readonly RunRecord[]): MethodTable {
  const labels = seriesLabels(runs);
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.label, inWords(run.selection)]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()]
    .map((group) => methodRow(group, labels))
    .sort((a, b) => a.series - b.series);
  const selections = new Set(rows.map((row) => row.selection));
  return {
    rows,
    task: runs[0]?.task ?? 'classification',
    selection: selections.size === 1 ? rows[0]?.selection : undefined,
    notes: rows.flatMap(notesOf),
  };
}

/** The labels in order of first appearance: a label's index is its colour. */
export function seriesLabels(runs: readonly RunRecord[]): string[] {
  return [...new Set(runs.map((run) => run.label))];
}

function methodRow(group: readonly RunRecord[], labels: readonly string[]): MethodRow {
  const first = group[0]!;
  const over = (read: (run: RunRecord) => number | undefined) => statistic(group.map(read));
  const readsTarget = /oracle/i.test(first.selection);
  return {
    label: first.label,
    series: labels.indexOf(first.label),
    n: group.length,
    seeds: group.flatMap((run) => run.seed ?? []).sort((a, b) => a - b),
    selection: inWords(first.selection),
    target: readsTarget ? undefined : over((run) => run.final.target),
    retention: over((run) => run.final.retention),
    source: over((run) => run.final.source),
    oracle: over((run) => run.oracle?.target ?? (readsTarget ? run.final.target : undefined)),
    seconds: over((run) => run.seconds),
  };
}

const knownRules: Readonly<Record<string, string>> = {
  last: 'last epoch',
  'source-held-out': 'best held-out source epoch',
};

const inWords = (selection: string): string =>
  knownRules[selection] ?? selection.replaceAll(/[-_\s]+/g, ' ').trim();

function notesOf(row: MethodRow): string[] {
  const notes: string[] = [];
  const repeated = [...new Set(row.seeds.filter((seed, i) => row.seeds.indexOf(seed) !== i))];
  if (repeated.length > 0) {
    notes.push(
      `${row.label}: seed ${repeated.join(', ')} occurs more than once, so the spread is not over independent runs.`,
    );
  }
  for (const key of ['target', 'retention', 'source', 'oracle'] as const) {
    const there = row[key]?.n ?? 0;
    if (there > 0 && there < row.n)
      notes.push(`${row.label}: ${key} is recorded by ${there} of ${row.n} runs.`);
  }
  return notes;
}
