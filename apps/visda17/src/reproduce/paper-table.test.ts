import { markdownTable, type RunRecord } from '@syn2real/report';
import { describe, expect, it } from 'vitest';
import { pairsTable, paperCsv, paperRows, paperTable } from './paper-table.js';
import type { RowResult } from './results.js';
import { TABLE1, TABLE2 } from './rows.js';

const run = (label: string, seed: number, target: number, retention: number): RunRecord => ({
  dir: `/runs/${label}-${seed}`,
  name: `${label}-${seed}`,
  method: label,
  label,
  seed,
  selection: 'last',
  final: { target, retention, source: 0.99 },
  oracle: { target: target + 0.01 },
  epochs: [],
  seconds: 10,
});

const result = (id: string, targets: number[], chosen?: number): RowResult => {
  const row = TABLE2.find((one) => one.id === id)!;
  return {
    row,
    ...(chosen === undefined ? {} : { chosen }),
    runs: targets.map((target, seed) => run(row.label, seed, target, target + 0.1)),
    missing: [],
  };
};

const results = [
  result('small', [0.5, 0.52]),
  result('small-pg', [0.6, 0.64]),
  result('road', [0.55], 0.1),
  result('si', []),
];

describe('the table beside the paper', () => {
  it('has mean ± std, the paper’s numbers, paired gains, the rule, and the oracle apart', () => {
    const [head, , small, guided, road, ...others] = markdownTable(paperTable(paperRows(results)))
      .trimEnd()
      .split('\n');
    expect(head).toBe(
      '| Method | λ (by the sweep) | Target % (mean of classes, last epoch) | Paper (VisDA-17) | Gain (points, paired, 95 %) | Paper (gain) | Retention % (old task) | Paper (ImageNet) | Source % (held out) | Oracle best % (by target labels) | Seeds |',
    );
    expect(small).toBe(
      '| small backbone rate |  | 51.0 ± 1.4 | 49.3 |  |  | 61.0 ± 1.4 | 33.1 | 99.0 ± 0.0 | 52.0 ± 1.4 | 2 |',
    );
    expect(guided).toBe(
      '| small rate + PG |  | **62.0 ± 2.8** | 60.2 | +11.0 ± 12.7 | +10.9 | **72.0 ± 2.8** | 76.5 | 99.0 ± 0.0 | 63.0 ± 2.8 | 2 |',
    );
    expect(road).toBe('| ROAD | 0.1 | 55.0 | 57.1 | +5.0 | +7.8 | 65.0 | 77.4 | 99.0 | 56.0 | 1 |');
    expect(others).toEqual([]);
  });

  it('leaves out columns that no row needs', () => {
    const row = TABLE1[0]!;
    const { columns } = paperTable(paperRows([{ row, runs: [run(row.label, 0, 0.5, 0.6)], missing: [] }]));
    expect(columns.map(({ title, detail }) => `${title} ${detail ?? ''}`.trim())).toEqual([
      'Method',
      'Target % mean of classes, last epoch',
      'Paper VisDA-17',
      'Retention % old task',
      'Source % held out',
      'Oracle best % by target labels',
      'Seeds',
    ]);
  });

  it('is CSV with unrounded fractions', () => {
    const [head, small, guided] = paperCsv(paperRows(results))
      .split('\r\n')
      .map((line) => line.split(','));
    const of = (line: string[] | undefined, name: string) => line?.[head!.indexOf(name)];
    expect(of(small, 'target_mean')).toBe('0.51');
    expect(of(small, 'paper_target_percent')).toBe('49.3');
    expect(of(guided, 'seeds')).toBe('0 1');
    expect(of(guided, 'gain_over')).toBe('small');
    expect(Number(of(guided, 'gain_mean'))).toBeCloseTo(0.11, 12);
    expect(of(guided, 'lambda')).toBe('0.1');
  });
});

describe('paired differences', () => {
  it('are over the seeds that both have, bold where the interval leaves 0 out', () => {
    const a = result('asg', [0.6, 0.61, 0.62]);
    const b = result('small', [0.5, 0.51, 0.52, 0.9]);
    const { rows } = pairsTable([[a, b]]);
    expect(rows[0]!.map(({ text, strong }) => (strong ? `*${text}*` : text))).toEqual([
      'ASG (PG + learned rates) − small backbone rate',
      '*+10.0 ± 0.0*',
      '*+10.0 ± 0.0*',
      '3',
    ]);
    expect(pairsTable([[b, a]]).rows[0]![1]!.text).toBe('−10.0 ± 0.0');
    expect(
      pairsTable([[a, result('si', [])]])
        .rows[0]!.map(({ text }) => text)
        .slice(1),
    ).toEqual(['', '', '0']);
  });
});
