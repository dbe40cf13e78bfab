import { join } from 'node:path';
import type { ControlOwn } from '@syn2real/app-visda17';
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
import type { Segmenter } from '../model/load.js';
import type { DenseScores, Measured } from './records.js';
import type { Session } from './session.js';

/** summary.json: a run's result. Shares are fractions; the oracle's stand apart. */
export interface Summary {
  method: string;
  label: string;
  task: 'segmentation';
  seed: number;
  selection: string;
  epoch: number;
  /** On held-out images; null where none are. */
  source: DenseScores | null;
  /** Null where the target is not measured. */
  target: (DenseScores & { epoch: number }) | null;
  retention: { accuracy: number; agreement: number } | null;
  oracle: { bestEpoch: number | null; meanIou: number | null; readings: number };
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
  end: LoopEnd<Measured, ControlOwn>;
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
    target === undefined ? [] : [{ epoch, target: target.meanIou }],
  );
  const best = oracleBest(scored);
  const { epoch, source, target, retention } = selected;
  const summary: Summary = {
    method: recipe.method,
    label,
    task: 'segmentation',
    seed: recipe.seed,
    selection: recipe.selection,
    epoch,
    source: source ?? null,
    target: target === undefined ? null : { ...target, epoch },
    retention:
      retention === undefined ? null : { accuracy: retention.accuracy, agreement: retention.agreement },
    oracle: {
      bestEpoch: best?.bestEpoch ?? null,
      meanIou: best?.best ?? null,
      readings: folder.ledger.readings().length,
    },
    classes: session.source.domain.classes,
    skipped: { ...skipped, ...session.skipped },
    seconds,
    fingerprint: folder.run.fingerprint.sha256,
  };
  writeSummary(folder.run, asJson(summary) as JsonObject);
  return summary;
}

/** Writes the trained network with both heads as model.safetensors, by PyTorch's names and layouts. */
export async function exportModel(
  dir: string,
  { backbone, outputStride }: { readonly backbone: string; readonly outputStride?: number },
  { model }: { readonly model: Pick<Segmenter, 'buffers' | 'old' | 'choice'> },
  params: Params,
): Promise<void> {
  const tensors = lazyStateDict([params, model.buffers, model.old.params]);
  await writeSafetensors(join(dir, 'model.safetensors'), tensors, {
    backbone,
    head: model.choice.head,
    ...(outputStride === undefined ? {} : { outputStride: String(outputStride) }),
  });
}
