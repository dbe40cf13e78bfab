import type { DoctorProblem, DoctorReport, SplitReport } from './report.js';

/** The report as lines for a terminal: images per class and split, then each problem and what to do about it. */
export function formatDoctorReport(report: DoctorReport): string {
  const lines = [report.root, '', ...table(report), ''];
  const errors = report.problems.filter(({ severity }) => severity === 'error').length;
  const warnings = report.problems.length - errors;
  for (const problem of report.problems) lines.push(...problemLines(problem));
  const looked = report.deep
    ? 'every image decoded'
    : 'headers read; --deep decodes every image and looks for leaks';
  lines.push(`${counted(errors, 'error')}, ${counted(warnings, 'warning')} (${looked})`);
  return lines.join('\n');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function table({ classes, splits }: DoctorReport): string[] {
  const found = splits.filter((split) => split.found);
  if (found.length === 0) return ['no split found'];
  const head = ['class', ...found.map(({ split }) => split)];
  const rows = classes.map((name, c) => [`${c} ${name}`, ...found.map((split) => cell(split, c))]);
  const sums = ['all', ...found.map(total)];
  const cells = [head, ...rows, sums];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
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

function problemLines({ severity, split, count, message, examples, fix }: DoctorProblem): string[] {
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
