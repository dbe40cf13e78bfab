import type { Benchmark } from './benchmark.js';
import { type Row, rowsOf } from './rows.js';

/** Tables and figures of the paper, by its numbering: together they are `all`. */
export const PAPER_SUITES = ['table3', 'fig7', 'fig8', 'fig9'] as const;

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
  table3: 'Table 3: segmentation',
  fig7: 'Figure 7: mIoU by epoch',
  fig8: 'Figure 8: actions while a policy learns',
  fig9: 'Figure 9: image, truth, and what the networks say',
  others: 'Methods that the paper does not compare',
};

/** The rows of each table and figure asked for. */
export function suitesOf(asked: Suite | 'all', benchmark: Benchmark): SuiteRows[] {
  const { naive, guided, controlled, asg, ibn, others } = rowsOf(benchmark);
  const rows: Readonly<Record<Suite, readonly Row[]>> = {
    table3: [...naive, ...guided, ...controlled, asg, ...ibn],
    fig7: [...naive, ...guided, ...controlled, asg],
    fig8: [],
    fig9: [naive[1], guided[1], asg],
    others: [naive[1], guided[1], ...others],
  };
  const suites = asked === 'all' ? PAPER_SUITES : [asked];
  return suites.map((suite) => ({ suite, rows: rows[suite] }));
}

/** Whether policies are needed. */
export function needsPolicies(suites: readonly SuiteRows[]): boolean {
  return suites.some(({ suite, rows }) => suite === 'fig8' || rows.some(({ policy }) => policy));
}
