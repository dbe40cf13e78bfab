import type { DenseScores } from '@syn2real/app-gta5-cityscapes';
import type { RoundReport } from '@syn2real/self-training';
import {
  asJson,
  type JsonObject,
  type LoopRecord,
  type OpenRun,
  oracleBest,
  writeSummary,
} from '@syn2real/trainer';
import type { DenseMeasured } from './measure.js';
import type { DenseRecipe } from './options.js';
import type { DenseSession } from './session.js';

/** summary.json of a run of segmentation; shares are fractions, the oracle's numbers stand apart. */
export interface DenseSummary {
  task: 'segmentation';
  method: string;
  label: string;
  seed: number;
  selection: string;
  epoch: number;
  start: { init: string; sha256: string; target: { meanIou: number | null } };
  source: DenseScores | null;
  target: (DenseScores & { epoch: number }) | null;
  oracle: {
    bestEpoch: number | null;
    meanIou: number | null;
    pseudoLabelAccuracy: number | null;
    readings: number;
  };
  rounds: readonly RoundReport[];
  classes: readonly string[];
  skipped: Readonly<Record<string, string>>;
  seconds: number;
  fingerprint: string;
}

/** What {@link summariseDense} takes. */
export interface DenseSummaryInput {
  readonly recipe: DenseRecipe;
  readonly label: string;
  readonly folder: OpenRun;
  readonly session: DenseSession;
  readonly records: readonly (LoopRecord & DenseMeasured)[];
  readonly selected: LoopRecord & DenseMeasured;
  readonly rounds: readonly RoundReport[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** The summary of a finished run, written into its folder. */
export function summariseDense(input: DenseSummaryInput): DenseSummary {
  const { recipe, label, folder, session, records, selected, rounds, skipped, seconds } = input;
  const scored = records.flatMap(({ epoch, target }) =>
    target === undefined ? [] : [{ epoch, target: target.meanIou }],
  );
  const best = oracleBest(scored);
  const { epoch, source, target, oracle } = selected;
  const summary: DenseSummary = {
    task: 'segmentation',
    method: recipe.method,
    label,
    seed: recipe.seed,
    selection: recipe.selection,
    epoch,
    start: {
      init: recipe.init,
      sha256: session.weights.sha256,
      target: { meanIou: records.find((record) => record.epoch === 0)?.target?.meanIou ?? null },
    },
    source: source ?? null,
    target: target === undefined ? null : { ...target, epoch },
    oracle: {
      bestEpoch: best?.bestEpoch ?? null,
      meanIou: best?.best ?? null,
      pseudoLabelAccuracy: oracle?.pseudoLabelAccuracy ?? null,
      readings: folder.ledger.readings().length,
    },
    rounds,
    classes: session.source.classes,
    skipped: { ...skipped, ...session.skipped },
    seconds,
    fingerprint: folder.run.fingerprint.sha256,
  };
  writeSummary(folder.run, asJson(summary) as JsonObject);
  return summary;
}
