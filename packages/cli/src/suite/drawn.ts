import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  accuracyCurves,
  accuracyFigure,
  actionFigure,
  figureHtml,
  type Metric,
  type RunRecord,
  readPolicyRuns,
  type SafeHtml,
  svgToPng,
} from '@syn2real/report';

/** A figure, to be written as SVG and PNG and to stand in the report. */
export interface Drawn {
  /** Name of its files. */
  readonly name: string;
  /** Undefined: only in the report, or written by whoever drew it. */
  readonly svg?: string;
  readonly body: SafeHtml;
}

/** A figure with its caption. */
export function drawn(name: string, svg: string, caption: string): Drawn {
  return { name, svg, body: figureHtml(svg, caption) };
}

/** What is drawn by epoch, with its caption. */
export const CURVE_CAPTIONS: Readonly<Record<Metric, string>> = {
  target: 'Accuracy on the target after each epoch.',
  retention: 'Accuracy on the old task after each epoch; epoch 0 is before training.',
  source: 'Accuracy on held-out source images.',
  agreement: 'The share of the old task’s images on which the old classifier says what it said at first.',
  kl: 'How far the old classifier’s answers on the old task’s images have moved from its first ones.',
};

/**
 * Readings by epoch, a figure a metric; one that no run read is left out.
 *
 * @param name of the first metric's files; the others add their own
 */
export function drawCurves(
  name: string,
  runs: readonly RunRecord[],
  metrics: readonly Metric[],
  captions: Readonly<Record<Metric, string>> = CURVE_CAPTIONS,
): Drawn[] {
  return metrics
    .filter((metric) => accuracyCurves(runs, metric).length > 0)
    .map((metric) =>
      drawn(
        metric === metrics[0] ? name : `${name}-${metric}`,
        accuracyFigure(runs, { metric }),
        captions[metric],
      ),
    );
}

/** The actions of policies over their training: all together, then of each seed. @param dirs run folders of `train-policy` */
export function drawActions(name: string, dirs: readonly string[]): Drawn[] {
  const runs = readPolicyRuns(dirs).filter(({ decisions }) => decisions.length > 0);
  if (runs.length === 0) return [];
  const all = drawn(name, actionFigure(runs), 'Actions over the training of the policies, mean over seeds.');
  if (runs.length === 1) return [all];
  return [
    all,
    ...runs.map((run) => drawn(`${name}-seed${run.seed}`, actionFigure([run]), `Seed ${run.seed} alone.`)),
  ];
}

/** Writes figures as SVG and PNG. */
export async function writeDrawn(
  out: string,
  figures: readonly Pick<Drawn, 'name' | 'svg'>[],
): Promise<void> {
  for (const { name, svg } of figures) {
    if (svg === undefined) continue;
    await writeFile(join(out, `${name}.svg`), svg);
    await writeFile(join(out, `${name}.png`), svgToPng(svg));
  }
}
