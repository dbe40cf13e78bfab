import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import {
  methodTable,
  methodTableCsv,
  methodTableHtml,
  methodTableMarkdown,
  methodTableText,
  type RunRecord,
} from './index.js';

const runs = [
  record({ label: 'Naive', seed: 0, final: { target: 0.55, retention: 0.31, source: 0.99 }, seconds: 8.21 }),
  record({
    label: 'Proxy guidance',
    seed: 0,
    final: { target: 0.62, retention: 0.9, source: 0.97 },
    oracle: { target: 0.65 },
    seconds: 100,
  }),
  record({
    label: 'Proxy guidance',
    seed: 1,
    final: { target: 0.64, retention: 0.9, source: 0.97 },
    oracle: { target: 0.65 },
    seconds: 104,
  }),
];
const hostile = (label: string): RunRecord[] => [record({ label, final: { target: 0.5 } })];

describe('methodTableText', () => {
  it('is aligned and rounded', () => {
    expect(methodTableText(methodTable(runs))).toBe(
      [
        'Method            Target %  Retention %    Source %     Oracle best %  Seeds  Seconds',
        '                last epoch     old task    held out  by target labels         per run',
        '─────────────────────────────────────────────────────────────────────────────────────',
        'Naive                 55.0         31.0        99.0                 —      1      8.2',
        'Proxy guidance  63.0 ± 1.4   90.0 ± 0.0  97.0 ± 0.0        65.0 ± 0.0      2  102 ± 3',
        '',
      ].join('\n'),
    );
  });

  it('lets no control character of a label through', () => {
    const text = methodTableText(methodTable(hostile('a\u001b]0;x\u0007\u001b[2J\r\n\u202eb')));
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(text.trimEnd().split('\n')).toHaveLength(4);
  });

  it('shows the notes and names the rule of each row where rules differ', () => {
    const text = methodTableText(
      methodTable([
        ...runs,
        record({ label: 'Naive', seed: 1, selection: 'source-held-out', final: { target: 0.5 } }),
      ]),
    );
    expect(text).toMatch(/Selection\n/);
    expect(text).toMatch(/Naive .*last epoch\n/);
    expect(text).toMatch(/Naive .*best held-out source epoch\n/);
  });
});

describe('methodTableMarkdown', () => {
  it('is a table with the highest means in bold', () => {
    const [head, rule, naive, proxy] = methodTableMarkdown(methodTable(runs)).split('\n');
    expect(head).toMatch(
      /^\| Method \| Target % \(mean-class accuracy, last epoch\) \|.*Oracle best % \(epoch picked by target labels\)/,
    );
    expect(rule).toBe('| :--- | ---: | ---: | ---: | ---: | ---: | ---: |');
    expect(naive).toBe('| Naive | 55.0 | 31.0 | 99.0 | — | 1 | 8.2 |');
    expect(proxy).toBe(
      '| Proxy guidance | **63.0 ± 1.4** | **90.0 ± 0.0** | 97.0 ± 0.0 | 65.0 ± 0.0 | 2 | 102 ± 3 |',
    );
  });

  it('keeps a label in its cell', () => {
    const row = methodTableMarkdown(methodTable(hostile('a|b\n| <b>*c* [x](y) `d`'))).split('\n')[2];
    expect(row).toBe('| a\\|b \\| &lt;b&gt;\\*c\\* \\[x\\](y) \\`d\\` | 50.0 | — | — | — | 1 | — |');
  });
});

describe('methodTableCsv', () => {
  it('has unrounded fractions', () => {
    const [head, naive, proxy, end] = methodTableCsv(methodTable(runs)).split('\r\n');
    expect(head).toMatch(/^method,runs,seeds,selection,target_mean,target_std,target_n,.*oracle_best_mean/);
    expect(naive).toBe('Naive,1,0,last epoch,0.55,,1,0.31,,1,0.99,,1,,,0,8.21,,1');
    const values = proxy!.split(',');
    expect(Number(values[4])).toBeCloseTo(0.63, 14);
    expect(Number(values[5])).toBeCloseTo(Math.sqrt(2e-4), 14);
    expect(end).toBe('');
  });

  it('quotes, and makes no formula of a label', () => {
    expect(methodTableCsv(methodTable(hostile('=HYPERLINK("http://x","a")'))).split('\r\n')[1]).toMatch(
      /^"'=HYPERLINK\(""http:\/\/x"",""a""\)",1,/,
    );
  });
});

describe('methodTableHtml', () => {
  it('has one row a method, and scoped headings', () => {
    const { document } = parseHTML(`<html><body>${methodTableHtml(methodTable(runs)).markup}</body></html>`);
    const text = (selector: string) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
    expect(text('tbody th[scope="row"]')).toEqual(['Naive', 'Proxy guidance']);
    expect(text('thead th[scope="col"]')[1]).toBe('Target %mean-class accuracy, last epoch');
    expect(text('thead th.apart')[0]).toBe('Oracle best %epoch picked by target labels');
    expect(text('tbody strong')).toEqual(['63.0 ± 1.4', '90.0 ± 0.0']);
    expect(text('figcaption')[0]).toMatch(/a bound, not a result/);
  });
});
