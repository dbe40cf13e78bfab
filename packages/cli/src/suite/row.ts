/** What the paper prints beside a row, in percent. */
export interface PaperNumbers {
  readonly target: number;
  readonly retention?: number;
  /** The gain on the target that it prints, in points. */
  readonly gain?: number;
}

/** A method of a table or figure: its trials are one per seed. */
export interface SuiteRow<Given extends object = object> {
  readonly id: string;
  readonly label: string;
  /** What it trains with beside the benchmark's own options. */
  readonly given: Given;
  /** Values of λ that are tried where the paper gives none. */
  readonly sweep?: readonly number[];
  /** Needs a policy that was trained with the same seed. */
  readonly policy?: true;
  /** The row that its gain is taken over. */
  readonly over?: string;
  readonly paper?: PaperNumbers;
}

/** The rows of all tables and figures, each once. */
export function distinctRows<Row extends SuiteRow>(tables: readonly { rows: readonly Row[] }[]): Row[] {
  return [...new Map(tables.flatMap(({ rows }) => rows).map((row) => [row.id, row])).values()];
}

/** Whether a row waits for a sweep or a policy. */
export const isLater = ({ sweep, policy }: SuiteRow): boolean => sweep !== undefined || policy === true;
