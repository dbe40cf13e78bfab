import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { actionCurves, actionFigure, type PolicyRun, readPolicyRuns } from '../action-curves.js';
import { html, type SafeHtml } from '../html.js';
import type { RunRecord } from '../run-record.js';
import { figureHtml, type ReportSection } from '../sections.js';
import { htmlTable } from '../text-table.js';

/** Actions of policies over their training, and of runs that logged their decisions. */
export function actionsSection(
  policies: readonly string[],
  runs: readonly RunRecord[],
): ReportSection | undefined {
  const trained = decided(policies);
  const byLabel = [...new Set(runs.map((run) => run.label))].map((label) => ({
    label,
    own: decided(runs.flatMap((run) => (run.label === label ? [run.dir] : []))),
  }));
  const parts = [
    ...(trained.length === 0 ? [] : [part(trained, 'Actions over the training of the policies')]),
    ...byLabel.flatMap(({ label, own }) =>
      own.length === 0 ? [] : [part(own, `${label}: actions by decision`)],
    ),
  ];
  return parts.length === 0
    ? undefined
    : { title: 'Actions', body: html`<div class="figures">${parts}</div>` };
}

const decided = (dirs: readonly string[]): PolicyRun[] =>
  readPolicyRuns(dirs.filter((dir) => existsSync(join(dir, 'log.jsonl')))).filter(
    ({ decisions }) => decisions.length > 0,
  );

function part(runs: readonly PolicyRun[], what: string): SafeHtml {
  const curves = actionCurves(runs);
  const ends = curves.map(({ label, points }) => [
    { text: label },
    { text: points[0]?.mean.toFixed(1) ?? '—' },
    { text: points.at(-1)?.mean.toFixed(1) ?? '—' },
  ]);
  const right = 'right' as const;
  return html`<div>${figureHtml(actionFigure(runs), `${what}, ${runs.length === 1 ? 'one run' : `mean of ${runs.length} runs`}.`)}
<details><summary>The figure’s numbers</summary>${htmlTable(
    {
      columns: [{ title: 'Group' }, { title: 'First', align: right }, { title: 'Last', align: right }],
      rows: ends,
    },
    'Actions by group',
  )}</details></div>`;
}
