import type { DenseScores } from '../training/records.js';

/** IoU of each class, their mean, and the share of right pixels, in percent. */
export function iouTable(
  classes: readonly string[],
  { perClassIou, meanIou, pixelAccuracy }: DenseScores,
): string {
  const rows: [string, number | null][] = [
    ...classes.map((name, c): [string, number | null] => [name, perClassIou[c]!]),
    ['mean IoU', meanIou],
    ['right pixels', pixelAccuracy],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(
      ([name, share]) =>
        `${name.padEnd(width)}  ${percent(share, 2).padStart(6)}${share === null ? '' : ' %'}\n`,
    )
    .join('');
}

/** Of each true class (a row), the percentage that is predicted as each class (a column). */
export function confusionTable(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
): string {
  const cell = Math.max(6, ...classes.map((name) => Math.min(8, name.length)));
  const first = Math.max(...classes.map((name) => name.length));
  const head = classes.map((name) => name.slice(0, cell).padStart(cell)).join(' ');
  const rows = confusion.map((counts, truth) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count) => percent(total === 0 ? null : count / total, 1).padStart(cell));
    return `${classes[truth]!.padEnd(first)} ${cells.join(' ')}\n`;
  });
  return `${' '.repeat(first)} ${head}\n${rows.join('')}`;
}

const percent = (share: number | null, digits: number): string =>
  share === null ? '–' : (100 * share).toFixed(digits);
