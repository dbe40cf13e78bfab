import { markdownTable, type RunRecord } from '@syn2real/report';
import { describe, expect, it } from 'vitest';
import { pairsTable, paperCsv, paperRows, paperTable } from './paper-table.js';
import type { RowResult } from './results.js';
import type { SuiteRow } from './row.js';

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

const words = { target: 'mean of classes', paper: 'VisDA-17', paperRetention: 'ImageNet' };

const ROWS: readonly SuiteRow[] = [
  { id: 'small', label: 'small backbone rate', given: {}, paper: { target: 49.3, retention: 33.1 } },
  {
    id: 'small-pg',
    label: 'small rate + PG',
    given: { lambda: 0.1 },
    over: 'small',
    paper: { target: 60.2, retention: 76.5, gain: 10.9 },
  },
  {
    id: 'road',
    label: 'ROAD',
    given: {},
    sweep: [0.1, 1],
    over: 'small',
    paper: { target: 57.1, retention: 77.4, gain: 7.8 },
  },
  { id: 'si', label: 'SI', given: {} },
  { id: 'asg', label: 'ASG (PG + learned rates)', given: {}, policy: true },
];

const result = (id: string, targets: number[], chosen?: number): RowResult => {
  const row = ROWS.find((one) => one.id === id)!;
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
    const [head, , small, guided, road, ...others] = markdownTable(paperTable(paperRows(results), words))
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
    const row = { id: 'tenth', label: 'λ = 0.1', given: {}, paper: { target: 60.1 } };
    const { columns } = paperTable(
      paperRows([{ row, runs: [run(row.label, 0, 0.5, 0.6)], missing: [] }]),
      words,
    );
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

  it('leaves out what no run has measured', () => {
    const bare = { ...run('IoU alone', 0, 0.3, 0), final: { target: 0.3 } };
    const row = { id: 'iou', label: 'IoU alone', given: {} };
    const { columns, rows } = paperTable(paperRows([{ row, runs: [bare], missing: [] }]), {
      target: 'mean IoU',
      paper: 'Cityscapes',
    });
    expect(columns.map(({ title }) => title)).toEqual([
      'Method',
      'Target %',
      'Paper',
      'Oracle best %',
      'Seeds',
    ]);
    expect(rows[0]).toHaveLength(5);
    const [pairs] = pairsTable([[result('small', [0.5]), { row, runs: [bare], missing: [] }]]).rows;
    expect(pairs).toHaveLength(3);
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
    const withNothing = pairsTable([
      [a, b],
      [a, result('si', [])],
    ]).rows[1]!;
    expect(withNothing.slice(1).map(({ text }) => text)).toEqual(['', '', '0']);
  });
});
