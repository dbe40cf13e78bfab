import type { TextTable } from '@syn2real/report';
import type { SuiteRow } from './row.js';
import type { SweepReading } from './sweep.js';

/** A row's sweep as it went. */
export interface SweepResult<Row extends SuiteRow = SuiteRow> {
  readonly row: Row;
  readonly readings: readonly SweepReading[];
  /** Values whose training diverged. */
  readonly diverged: readonly number[];
  readonly chosen?: SweepReading;
}

/** Every value that was tried, the chosen ones in bold; what has no reading diverged or failed. */
export function sweepTable(sweeps: readonly SweepResult[]): TextTable {
  const percent = (value: number) => (value * 100).toFixed(2);
  return {
    columns: [
      { title: 'Method' },
      { title: 'λ', align: 'right' },
      { title: 'Source %', detail: 'held out', align: 'right' },
      { title: 'Retention %', detail: 'old task', align: 'right' },
      { title: 'Chosen', detail: 'edge: the least or greatest value tried' },
    ],
    rows: sweeps.flatMap(({ row, readings, diverged, chosen }) =>
      row.sweep!.map((lambda, at) => {
        const reading = readings.find((one) => one.lambda === lambda);
        const none = diverged.includes(lambda) ? 'diverged' : 'failed';
        const strong = chosen?.lambda === lambda;
        const edge = at === 0 || at === row.sweep!.length - 1 ? 'yes, at the edge' : 'yes';
        return [
          { text: row.label },
          { text: String(lambda), strong },
          { text: reading ? percent(reading.source) : none },
          { text: reading ? percent(reading.retention) : none },
          { text: strong ? edge : '' },
        ];
      }),
    ),
  };
}
