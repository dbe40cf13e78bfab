import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '@syn2real/core';
import { z } from 'zod';
import { check } from './check.js';
import type { LineCurve } from './line-curve.js';
import { lineFigure } from './line-figure.js';
import { readJson } from './read-json.js';
import { logLines } from './read-log.js';
import { logLine } from './run-schema.js';
import { statistic } from './statistic.js';

/** A policy's training: the scale that it gave each group, decision by decision. */
export interface PolicyRun {
  dir: string;
  name: string;
  seed?: number;
  decisions: readonly Readonly<Record<string, number>>[];
}

const decisionLine = z.looseObject({
  kind: z.literal('decision'),
  index: z.int().min(0),
  scales: z.record(z.string(), z.number().min(0)),
});
const seeded = z.looseObject({ seed: z.number().optional() });

/**
 * Reads the folders of policy trainings: the lines of `log.jsonl` with `"kind": "decision"`, and the seed in
 * `summary.json`.
 *
 * A last line that was cut short by a kill is passed over; a decision logged twice counts as logged last.
 *
 * @throws UserError for a folder without a log, or a line that is broken
 *
 * @example
 * ```ts
 * const policies = readPolicyRuns(['runs/policy-0', 'runs/policy-1']);
 * ```
 */
export function readPolicyRuns(dirs: readonly string[]): PolicyRun[] {
  return dirs.map((dir) => {
    const summary = join(dir, 'summary.json');
    const seed = existsSync(summary) ? check(seeded, readJson(summary), summary).seed : undefined;
    return { dir, name: basename(resolve(dir)), seed, decisions: readDecisions(join(dir, 'log.jsonl')) };
  });
}

function readDecisions(file: string): PolicyRun['decisions'] {
  if (!existsSync(file)) {
    throw new UserError({
      what: `there is no ${file}`,
      expected: 'the log of a policy’s training',
      fix: 'give the folder that train-policy wrote',
    });
  }
  const byIndex = new Map<number, Readonly<Record<string, number>>>();
  for (const { value, where } of logLines(file)) {
    if (check(logLine, value, where).kind !== 'decision') continue;
    const { index, scales } = check(decisionLine, value, where);
    byIndex.set(index, scales);
  }
  return [...byIndex].sort(([a], [b]) => a - b).map(([, scales]) => scales);
}

/**
 * A policy's actions, 0 to 10, per group over its training, smoothed by a centred moving mean, over seeds.
 *
 *     ā_t = mean of 10 · s_u over |u − t| ≤ half, cut off at both ends
 *
 * Seeds with fewer decisions end the curve.
 *
 * @param runs - from {@link readPolicyRuns}
 * @param half - half the width of the window in decisions; default a twentieth of the decisions
 *
 * @example
 * ```ts
 * for (const { label, points } of actionCurves(policies)) console.log(label, points.at(-1)?.mean);
 * ```
 */
export function actionCurves(runs: readonly PolicyRun[], half?: number): LineCurve[] {
  const groups = Object.keys(runs[0]?.decisions[0] ?? {});
  const length = Math.min(...runs.map(({ decisions }) => decisions.length));
  return groups.map((group, series) => {
    const smoothed = runs.map(({ decisions }) =>
      smooth(
        decisions.slice(0, length).map((scales) => 10 * (scales[group] ?? 0)),
        half ?? Math.round(length / 20),
      ),
    );
    const points = Array.from({ length }, (_, x) => ({
      x,
      ...statistic(smoothed.map((values) => values[x]))!,
    }));
    return { label: group, series, n: runs.length, points };
  });
}

function smooth(values: readonly number[], half: number): number[] {
  return values.map((_, at) => {
    const near = values.slice(Math.max(0, at - half), at + half + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/**
 * {@link actionCurves} as an SVG, the paper's Figure 8.
 *
 * @throws UserError where no decision was logged
 *
 * @example
 * ```ts
 * await writeFile('fig8.svg', actionFigure(readPolicyRuns(['runs/policy-0'])));
 * ```
 */
export function actionFigure(runs: readonly PolicyRun[], half?: number): string {
  return lineFigure(actionCurves(runs, half), {
    xTitle: 'Decision',
    yTitle: 'Action by group, smoothed (10: the base rate)',
    domain: [0, 10],
    digits: 1,
  });
}
