/** Where a row starts from. */
export type StartId = 'source' | 'asg';

/** A start of Table 4: a run of visda17 on the source alone. */
export interface StartRow {
  readonly id: StartId;
  readonly label: string;
  /** The row of Table 2 that it is. */
  readonly table2: 'small' | 'asg';
}

/** A row of Table 4, or of another table of adaptations. */
export interface Row<Start extends string = StartId> {
  readonly id: string;
  readonly label: string;
  readonly start: Start;
  readonly method: string;
  /** Mean and standard deviation over five runs that the paper prints, in percent. */
  readonly paper?: { readonly target: number; readonly std?: number };
}

/**
 * The paper's source models: that of Zou et al. 2019 (51.6 %), which of its Table 2 the small backbone rate (49.3 %) comes
 * nearest to, and ASG.
 */
export const STARTS: readonly StartRow[] = [
  { id: 'source', label: 'Source', table2: 'small' },
  { id: 'asg', label: 'ASG', table2: 'asg' },
];

const METHODS: readonly { method: string; label: string; paper: Partial<Record<StartId, Row['paper']>> }[] = [
  { method: 'none', label: '', paper: { source: { target: 51.6 }, asg: { target: 61.1 } } },
  {
    method: 'cbst',
    label: 'CBST',
    paper: { source: { target: 76.4, std: 0.9 }, asg: { target: 82.5, std: 0.7 } },
  },
  {
    method: 'mrkld',
    label: 'CRST (MRKLD)',
    paper: { source: { target: 77.9, std: 0.5 }, asg: { target: 84.6, std: 0.4 } },
  },
  {
    method: 'mrkld+lrent',
    label: 'CRST (MRKLD+LRENT)',
    paper: { source: { target: 78.1, std: 0.2 }, asg: { target: 84.5, std: 0.4 } },
  },
  { method: 'shot', label: 'SHOT', paper: {} },
  { method: 'mean-teacher', label: 'mean teacher', paper: {} },
];

/** Table 4: each start alone and with each method; SHOT and mean teacher are not in the paper. */
export const TABLE4: readonly Row[] = STARTS.flatMap(({ id: start, label }) =>
  METHODS.map(({ method, label: name, paper }) => ({
    id: `${start}-${method}`,
    label: name === '' ? `${label} alone` : `${label} + ${name}`,
    start,
    method,
    ...(paper[start] === undefined ? {} : { paper: paper[start] }),
  })),
);

/** The models of Figure 10. */
export const FIG10: readonly Row[] = ['source-none', 'source-cbst', 'source-mrkld', 'asg-mrkld'].map(
  (id) => TABLE4.find((row) => row.id === id)!,
);
