import type { Benchmark } from './benchmark.js';
import { CONTROLLERS, EXTRA, ibnRows, type Row, TABLE1, TABLE2 } from './rows.js';

/** Tables and figures of the paper, by its numbering: together they are `all`. */
export const PAPER_SUITES = ['table1', 'table2', 'fig1', 'fig5', 'fig6', 'fig8'] as const;

/** What can be reproduced. */
export const SUITES = [...PAPER_SUITES, 'others'] as const;

/** A table or figure. */
export type Suite = (typeof SUITES)[number];

/** A table or figure with the rows that it shows. */
export interface SuiteRows {
  readonly suite: Suite;
  readonly rows: readonly Row[];
}

/** Headings of the tables. */
export const SUITE_TITLES: Readonly<Record<Suite, string>> = {
  table1: 'Table 1: proxy guidance over λ',
  table2: 'Table 2: methods compared',
  fig1: 'Figure 1: without guidance',
  fig5: 'Figure 5: with guidance',
  fig6: 'Figure 6: who sets the rates',
  fig8: 'Figure 8: actions while a policy learns',
  others: 'Methods that the paper does not compare',
};

/** The rows of each table and figure asked for. */
export function rowsOf(asked: Suite | 'all', benchmark: Benchmark): SuiteRows[] {
  const suites = asked === 'all' ? PAPER_SUITES : [asked];
  return suites.map((suite) => ({ suite, rows: ROWS[suite](benchmark) }));
}

const named = (...ids: string[]): Row[] => ids.map((id) => TABLE2.find((row) => row.id === id)!);

const ROWS: Readonly<Record<Suite, (benchmark: Benchmark) => readonly Row[]>> = {
  table1: () => TABLE1,
  table2: () => [...TABLE2, ...CONTROLLERS],
  fig1: (benchmark) => [...named('large', 'small', 'head-only'), ...ibnRows(benchmark, false)],
  fig5: (benchmark) => [...named('large-pg', 'small-pg'), ...ibnRows(benchmark, true)],
  fig6: () => [...CONTROLLERS, ...named('small-pg', 'large-pg', 'asg')],
  fig8: () => [],
  others: () => [...named('small', 'small-pg'), ...EXTRA],
};

/** The suites that need policies. */
export function needsPolicies(suites: readonly SuiteRows[]): boolean {
  return suites.some(({ suite, rows }) => suite === 'fig8' || rows.some(({ policy }) => policy));
}
