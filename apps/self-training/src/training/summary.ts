import type { RoundReport } from '@syn2real/self-training';
import { asJson, type JsonObject, type OpenRun, oracleBest, writeSummary } from '@syn2real/trainer';
import type { Recipe } from '../config/train-options.js';
import type { RoundRecord } from './records.js';
import type { Session } from './session.js';

/** summary.json: a run's result. Accuracies are fractions; the oracle's stand apart. */
export interface Summary {
  task: 'classification';
  method: string;
  label: string;
  seed: number;
  selection: string;
  /** The reported epoch, and the rounds behind it. */
  epoch: number;
  start: { init: string; sha256: string; target: { meanClassAccuracy: number | null } };
  source: RoundRecord['source'];
  target: {
    meanClassAccuracy: number | null;
    perClass: readonly number[];
    confusion: readonly (readonly number[])[] | null;
    epoch: number;
  };
  retention: { accuracy: number | null };
  oracle: {
    bestEpoch: number | null;
    meanClassAccuracy: number | null;
    pseudoLabelAccuracy: number | null;
    readings: number;
  };
  rounds: readonly RoundReport[];
  classes: readonly string[];
  skipped: Readonly<Record<string, string>>;
  seconds: number;
  fingerprint: string;
}

/** What {@link summarise} takes. */
export interface SummaryInput {
  readonly recipe: Recipe;
  readonly label: string;
  readonly folder: OpenRun;
  readonly session: Session;
  readonly records: readonly RoundRecord[];
  readonly selected: RoundRecord;
  readonly rounds: readonly RoundReport[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** The summary of a finished run, written into its folder. */
export function summarise(input: SummaryInput): Summary {
  const { recipe, label, folder, session, records, selected, rounds, skipped, seconds } = input;
  const scored = records.flatMap(({ epoch, target }) =>
    target === undefined ? [] : [{ epoch, target: target.meanClassAccuracy }],
  );
  const best = oracleBest(scored);
  const summary: Summary = {
    task: 'classification',
    method: recipe.method,
    label,
    seed: recipe.seed,
    selection: recipe.selection,
    epoch: selected.epoch,
    start: {
      init: recipe.init,
      sha256: session.weights.sha256,
      target: {
        meanClassAccuracy: records.find(({ epoch }) => epoch === 0)?.target?.meanClassAccuracy ?? null,
      },
    },
    source: selected.source,
    target: {
      meanClassAccuracy: selected.target?.meanClassAccuracy ?? null,
      perClass: selected.target?.perClass ?? [],
      confusion: selected.target?.confusion ?? null,
      epoch: selected.epoch,
    },
    retention: { accuracy: selected.retention?.accuracy ?? null },
    oracle: {
      bestEpoch: best?.bestEpoch ?? null,
      meanClassAccuracy: best?.best ?? null,
      pseudoLabelAccuracy: selected.oracle?.pseudoLabelAccuracy ?? null,
      readings: folder.ledger.readings().length,
    },
    rounds,
    classes: session.source.classes,
    skipped: { ...skipped, ...skippedIn(session) },
    seconds,
    fingerprint: folder.run.fingerprint.sha256,
  };
  writeSummary(folder.run, asJson(summary) as JsonObject);
  return summary;
}

/** Images that could not be read and were left out, by path. */
function skippedIn({ source, target, loader }: Session): Record<string, string> {
  const all = [...source.images, ...target.images];
  return Object.fromEntries(loader.stats().skipped.map(({ index, reason }) => [all[index]!.path, reason]));
}
