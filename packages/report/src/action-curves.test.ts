import { describe, expect, it } from 'vitest';
import { lines, temporaryFolder, writeRun } from './__fixtures__/write-runs.js';
import { actionCurves, actionFigure, readPolicyRuns } from './index.js';

const decision = (index: number, conv1: number, classifier: number) => ({
  kind: 'decision',
  step: index,
  index,
  scales: { conv1, classifier },
});
const policy = (name: string, decisions: unknown[], more = '') =>
  writeRun(temporaryFolder(), name, {
    summary: { kind: 'policy', seed: 3 },
    log: lines(...decisions) + more,
  });

describe('readPolicyRuns', () => {
  it('reads the decisions in order; the later of two counts, a cut last line does not', () => {
    const dir = policy(
      'p',
      [{ kind: 'window', loss: 1 }, decision(0, 0.1, 1), decision(1, 0.2, 1), decision(1, 0.3, 0.9)],
      '{"kind":"decis',
    );
    expect(readPolicyRuns([dir])).toEqual([
      {
        dir,
        name: 'p',
        seed: 3,
        decisions: [
          { conv1: 0.1, classifier: 1 },
          { conv1: 0.3, classifier: 0.9 },
        ],
      },
    ]);
  });

  it('refuses a folder without a log and a broken line', () => {
    expect(() => readPolicyRuns([temporaryFolder()])).toThrow(/there is no .*log\.jsonl/);
    expect(() => readPolicyRuns([policy('p', [], 'x\n')])).toThrow(/line 1 is broken/);
    expect(() => readPolicyRuns([policy('p', [{ kind: 'decision', index: 0, scales: { a: -1 } }])])).toThrow(
      /line 1 has wrong values/,
    );
  });
});

describe('actionCurves', () => {
  const runs = readPolicyRuns([
    policy('a', [decision(0, 0, 1), decision(1, 0.6, 1), decision(2, 0.3, 1)]),
    policy('b', [decision(0, 0.2, 1), decision(1, 0.2, 1), decision(2, 0.2, 1), decision(3, 0.2, 1)]),
  ]);

  it('smooths by a centred mean and averages over seeds, up to the shortest', () => {
    const [conv1, classifier] = actionCurves(runs, 1);
    expect(conv1).toMatchObject({ label: 'conv1', n: 2 });
    const expected = [(3 + 2) / 2, (3 + 2) / 2, (4.5 + 2) / 2];
    expect(conv1!.points.map(({ mean }) => mean)).toEqual(expected.map((value) => expect.closeTo(value, 12)));
    expect(conv1!.points.map(({ min }) => min)).toEqual([2, 2, 2].map((value) => expect.closeTo(value, 12)));
    expect(classifier!.points.map(({ mean }) => mean)).toEqual([10, 10, 10]);
  });

  it('draws them, and refuses policies that decided nothing', () => {
    expect(actionFigure(runs)).toContain('classifier: 10.0 at decision 2');
    expect(() => actionFigure(readPolicyRuns([policy('c', [])]))).toThrow(/no curve/);
  });
});
