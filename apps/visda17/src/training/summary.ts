import { join } from 'node:path';
import type { Params } from '@syn2real/core';
import {
  asJson,
  type JsonObject,
  type LoopEnd,
  type OpenRun,
  oracleBest,
  writeSummary,
} from '@syn2real/trainer';
import { lazyStateDict, writeSafetensors } from '@syn2real/weights';
import type { Recipe } from '../config/train-options.js';
import type { Model } from '../model/load.js';
import type { AveragingOwn } from './averaging.js';
import type { ControlOwn } from './control.js';
import type { Measured } from './records.js';
import type { Session } from './session.js';

/** summary.json: a run's result. Accuracies are fractions; the oracle's stand apart. */
export interface Summary {
  method: string;
  label: string;
  seed: number;
  selection: string;
  epoch: number;
  source: { meanClassAccuracy: number; images: number; heldOut: boolean };
  target: { meanClassAccuracy: number | null; perClass: number[]; epoch: number };
  retention: { accuracy: number | null; agreement: number | null };
  /** With `--average`: iterations whose mean the reported weights are; 0: they are the last ones. */
  averaged?: number;
  oracle: { bestEpoch: number | null; meanClassAccuracy: number | null; readings: number };
  classes: readonly string[];
  skipped: Readonly<Record<string, string>>;
  seconds: number;
  fingerprint: string;
}

/** What {@link summarise} takes. */
export interface SummaryInput {
  recipe: Recipe;
  label: string;
  folder: OpenRun;
  session: Session;
  end: LoopEnd<Measured, ControlOwn & AveragingOwn>;
}

/** The summary of a finished run, written into its folder. */
export function summarise({
  recipe,
  label,
  folder,
  session,
  end: { selected, records, skipped, seconds },
}: SummaryInput): Summary {
  const scored = records.flatMap(({ epoch, target }) =>
    target === undefined ? [] : [{ epoch, target: target.meanClassAccuracy }],
  );
  const best = oracleBest(scored);
  const summary: Summary = {
    method: recipe.method,
    label,
    seed: recipe.seed,
    selection: recipe.selection,
    epoch: selected.epoch,
    source: selected.source!,
    target: {
      meanClassAccuracy: selected.target?.meanClassAccuracy ?? null,
      perClass: selected.target?.perClass ?? [],
      epoch: selected.epoch,
    },
    retention: {
      accuracy: selected.retention?.accuracy ?? null,
      agreement: selected.retention?.agreement ?? null,
    },
    ...(selected.averaged === undefined ? {} : { averaged: selected.averaged }),
    oracle: {
      bestEpoch: best?.bestEpoch ?? null,
      meanClassAccuracy: best?.best ?? null,
      readings: folder.ledger.readings().length,
    },
    classes: session.source.domain.classes,
    skipped: { ...skipped, ...skippedTargets(session) },
    seconds,
    fingerprint: folder.run.fingerprint.sha256,
  };
  writeSummary(folder.run, asJson(summary) as JsonObject);
  return summary;
}

/** Target images that could not be read and were left out, by path. */
function skippedTargets({ target: { domain, loader } }: Session): Record<string, string> {
  return Object.fromEntries(
    loader.stats().skipped.map(({ index, reason }) => [domain.images[index]!.path, reason]),
  );
}

/** Writes the trained network with both heads as model.safetensors, by torchvision's names and layouts. */
export async function exportModel(
  dir: string,
  { model }: { readonly model: Pick<Model, 'backbone' | 'buffers' | 'old'> },
  params: Params,
): Promise<void> {
  const tensors = lazyStateDict([params, model.buffers, model.old.params]);
  await writeSafetensors(join(dir, 'model.safetensors'), tensors, { backbone: model.backbone.name });
}
