import type { DoctorProblem, DoctorReport, SplitReport } from './report.js';

/** The report as lines for a terminal: images per class and split, then each problem and what to do about it. */
export function formatDoctorReport(report: DoctorReport): string {
  const looked = report.deep
    ? 'every image decoded'
    : 'headers read; --deep decodes every image and looks for leaks';
  const { root, problems } = report;
  return [
    root,
    '',
    ...table(report),
    '',
    ...problems.flatMap(problemLines),
    summaryLine(problems, looked),
  ].join('\n');
}

/** What the problems come to, and how thoroughly was looked for them. */
export function summaryLine(problems: readonly Pick<DoctorProblem, 'severity'>[], looked: string): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')} (${looked})`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function table({ classes, splits }: DoctorReport): string[] {
  const found = splits.filter((split) => split.found);
  if (found.length === 0) return ['no split found'];
  return tableLines([
    ['class', ...found.map(({ split }) => split)],
    ...classes.map((name, c) => [`${c} ${name}`, ...found.map((split) => cell(split, c))]),
    ['all', ...found.map(total)],
  ]);
}

/** Rows of cells as lines: the first column to the left, the others to the right. */
export function tableLines(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join('  '),
  );
}

function cell({ perClass, published }: SplitReport, c: number): string {
  if (perClass === null) return '-';
  return against(perClass[c]!, published?.[c]);
}

function total({ images, published }: SplitReport): string {
  return against(
    images,
    published?.reduce((sum, count) => sum + count, 0),
  );
}

function against(count: number, published: number | undefined): string {
  return published === undefined || published === count ? `${count}` : `${count} (published ${published})`;
}

/** A problem and what to do about it. */
export function problemLines({
  severity,
  split,
  count,
  message,
  examples,
  fix,
}: Omit<DoctorProblem, 'kind' | 'split'> & { readonly split: string | null }): string[] {
  const where = split === null ? '' : `${split}: `;
  const times = count === 1 ? '' : ` (${count})`;
  const more = count > examples.length ? [`    … and ${count - examples.length} more`] : [];
  return [
    `${severity}: ${where}${message}${times}`,
    ...examples.map((example) => `    ${example}`),
    ...more,
    `  fix: ${fix}`,
    '',
  ];
}
