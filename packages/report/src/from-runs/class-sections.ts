import { type ClassSeries, classBarsFigure, classTable } from '../figures/class-bars.js';
import { confusionFigure, confusionTable, sumConfusions } from '../figures/confusion-figure.js';
import { html } from '../html.js';
import { seriesLabels } from '../method-table.js';
import type { RunRecord } from '../run-record.js';
import { figureHtml, type ReportSection } from '../sections.js';
import { statistic } from '../statistic.js';
import { htmlTable } from '../text-table.js';

/** More methods than this in one figure of bars cannot be told apart. */
const MOST_BARS = 6;

/** Runs by the classes that they share; where a run does not name them, they are numbered. */
function byClasses(
  runs: readonly RunRecord[],
  count: (run: RunRecord) => number | undefined,
): { classes: readonly string[]; runs: readonly RunRecord[] }[] {
  const groups = new Map<string, { classes: readonly string[]; runs: RunRecord[] }>();
  for (const run of runs) {
    const size = count(run);
    if (size === undefined || size === 0) continue;
    const classes = run.classes ?? Array.from({ length: size }, (_, i) => String(i));
    const key = JSON.stringify(classes);
    const group = groups.get(key) ?? { classes, runs: [] };
    group.runs.push(run);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Recall or IoU by class, some methods a figure; undefined where no run recorded it. */
export function perClassSection(runs: readonly RunRecord[]): ReportSection | undefined {
  const measure = runs[0]?.task === 'segmentation' ? 'IoU' : 'Recall';
  const labels = seriesLabels(runs);
  const parts = byClasses(runs, (run) => run.final.targetPerClass?.length).flatMap(
    ({ classes, runs: own }) => {
      const series = seriesLabels(own).map(
        (label): ClassSeries => ({
          label,
          series: labels.indexOf(label),
          values: classes.map((_, i) =>
            statistic(
              own
                .filter((run) => run.label === label)
                .map((run) => run.final.targetPerClass?.[i] ?? undefined),
            ),
          ),
        }),
      );
      const chunks = Array.from({ length: Math.ceil(series.length / MOST_BARS) }, (_, i) =>
        series.slice(i * MOST_BARS, (i + 1) * MOST_BARS),
      );
      return chunks.map(
        (chunk) => html`<div>${figureHtml(
          classBarsFigure(chunk, { classes, title: `${measure} on the target (%)` }),
          `${measure} by class of the target at the selected checkpoint. Bar: mean over seeds; thin line: lowest to highest seed.`,
        )}
<details><summary>The figure’s numbers</summary>${htmlTable(classTable(chunk, classes), `${measure} by class`)}</details></div>`,
      );
    },
  );
  if (parts.length === 0) return undefined;
  return { title: `${measure} by class`, body: html`<div class="figures">${parts}</div>` };
}

/** A confusion matrix a method, summed over its seeds; undefined where no run stored one. */
export function confusionSection(runs: readonly RunRecord[]): ReportSection | undefined {
  const parts = byClasses(runs, (run) => run.final.confusion?.length).flatMap(({ classes, runs: own }) =>
    seriesLabels(own).map((label) => {
      const stored = own.flatMap((run) =>
        run.label === label && run.final.confusion !== undefined ? [run.final.confusion] : [],
      );
      const counts = sumConfusions(stored);
      const seeds = stored.length === 1 ? '' : `, summed over ${stored.length} seeds`;
      return html`<div>${figureHtml(
        confusionFigure(counts, { classes }),
        `${label}: shares of the true class in percent${seeds}.`,
      )}
<details><summary>The figure’s numbers</summary>${htmlTable(confusionTable(counts, classes), `Confusion of ${label}`)}</details></div>`;
    }),
  );
  if (parts.length === 0) return undefined;
  return { title: 'Confusion on the target', body: html`<div class="figures">${parts}</div>` };
}
