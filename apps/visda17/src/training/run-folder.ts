import type { Params } from '@syn2real/core';
import {
  asJson,
  codeVersion,
  createLedger,
  createRun,
  fingerprint,
  type Journal,
  type JsonObject,
  type Ledger,
  loadCheckpoint,
  openJournal,
  openRun,
  type Run,
  type SelectedBackend,
  saveCheckpoint,
  stateFromGroups,
  stateGroups,
  type TrainState,
} from '@syn2real/trainer';
import type { Recipe, RunSettings } from '../config/train-options.js';
import { noProgress, type Progress } from './records.js';
import type { Session } from './session.js';

/** A run's folder, open for training. */
export interface OpenFolder {
  readonly run: Run;
  readonly journal: Journal;
  readonly ledger: Ledger;
  /** Where the last checkpoint stands; undefined: at the beginning. */
  readonly saved?: { readonly state: TrainState; readonly progress: Progress };
}

const PACKAGES = [
  'core',
  'weights',
  'backbones',
  'regularizers',
  'l2o',
  'datasets',
  'trainer',
  'tfjs-backend-onnxruntime',
];

/** Begins the run's folder, or with `--resume` goes on where its last checkpoint stands. */
export async function openFolder(
  dir: string,
  recipe: Recipe,
  settings: Pick<RunSettings, 'resume'>,
  session: Session,
  backend: SelectedBackend,
  log: (line: string) => void,
): Promise<OpenFolder> {
  const config = asJson(recipe) as JsonObject;
  const print = fingerprint({
    config,
    data: {
      source: session.source.domain.fingerprint,
      target: session.target.domain.fingerprint,
      ...(session.retention === undefined ? {} : { retention: session.retention.domain.fingerprint }),
    },
    weights: {
      start: session.weights.sha256,
      ...(session.control?.policy === undefined ? {} : { policy: session.control.policy }),
    },
    code: codeVersion(
      import.meta.url,
      PACKAGES.map((name) => `@syn2real/${name}`),
    ),
    backend: asJson(backend) as JsonObject,
    seed: recipe.seed,
    selection: recipe.selection,
  });
  let run: Run;
  if (settings.resume) {
    const opened = openRun(dir, { config, fingerprint: print });
    for (const change of opened.changed)
      log(`warning: ${change}; the rest of the run may differ in the last bits`);
    run = opened;
  } else {
    run = createRun(dir, config, print);
  }
  const checkpoint = await loadCheckpoint(run);
  const journal = openJournal(run, checkpoint);
  const ledger = createLedger(run);
  if (checkpoint === undefined) return { run, journal, ledger };
  log(`resuming after step ${checkpoint.step}`);
  return {
    run,
    journal,
    ledger,
    saved: {
      state: stateFromGroups(checkpoint.step, checkpoint.groups),
      progress: { ...noProgress(), ...(checkpoint.state as unknown as Progress) },
    },
  };
}

/** Saves where training stands; the checkpoint of the selected epoch stays as long as it is selected. */
export async function save(
  { run, journal }: OpenFolder,
  state: TrainState,
  progress: Progress,
  keep: readonly number[],
): Promise<void> {
  await saveCheckpoint(run, state.step, stateGroups(state), asJson(progress) as JsonObject, {
    journal,
    keep,
  });
}

/** The parameters of an earlier checkpoint of the run; the caller owns them. */
export async function paramsAt({ run }: OpenFolder, step: number): Promise<Params> {
  const checkpoint = await loadCheckpoint(run, { step, groups: ['params'] });
  return checkpoint!.groups.params!;
}
