import { problemLines, summaryLine, tableLines } from '../doctor/format.js';
import type { DenseDoctorReport, DenseSplitReport } from './report.js';

/** The report as lines for a terminal: images and pixels of each class and split, then each problem and what to do about it. */
export function formatDenseDoctorReport(report: DenseDoctorReport): string {
  const { root, problems, deep } = report;
  const looked = deep
    ? 'every file decoded'
    : 'headers read; --deep decodes every file, counts pixels and looks for leaks';
  return [
    root,
    '',
    ...table(report),
    '',
    ...problems.flatMap(problemLines),
    summaryLine(problems, looked),
  ].join('\n');
}

function table({ classes, splits }: DenseDoctorReport): string[] {
  const found = splits.filter((split) => split.found);
  if (found.length === 0) return ['no split found'];
  const counted = found.some(({ pixels }) => pixels !== null);
  const shares = (name: string, c: number) => [name, ...found.map(({ pixels }) => share(pixels, c))];
  return tableLines([
    ['', ...found.map(({ split }) => split)],
    ['images', ...found.map(imagesOf)],
    ['with a label', ...found.map(({ labelled }) => String(labelled))],
    ...(counted
      ? [...classes.map((name, c) => shares(`${c} ${name}`, c)), shares('ignored', classes.length)]
      : []),
  ]);
}

function imagesOf({ images, published }: DenseSplitReport): string {
  return published === null || published === images ? String(images) : `${images} (published ${published})`;
}

/** A class' share of all pixels. */
function share(pixels: readonly number[] | null, c: number): string {
  if (pixels === null) return '-';
  const all = pixels.reduce((sum, count) => sum + count, 0);
  return `${((100 * pixels[c]!) / all).toFixed(2)} %`;
}
