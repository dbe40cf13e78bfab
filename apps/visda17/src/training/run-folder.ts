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
  type LoadedCheckpoint,
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

/** What decides a run's numbers. */
export interface RunIdentity {
  readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  /** Fingerprints of the data sets, by what they are for. */
  readonly data: Readonly<Record<string, string>>;
  /** SHA-256 of the files of weights, by what they are for. */
  readonly weights: Readonly<Record<string, string>>;
  readonly backend: SelectedBackend;
  /** How what is reported is selected. */
  readonly selection: string;
}

/** A run's folder with its last checkpoint, if it has one. */
export interface OpenRun {
  readonly run: Run;
  readonly journal: Journal;
  readonly checkpoint?: LoadedCheckpoint;
}

/** Begins a run's folder, or with `resume` goes on where its last checkpoint stands. */
export async function openRunFolder(
  dir: string,
  { recipe, data, weights, backend, selection }: RunIdentity,
  resume: boolean,
  log: (line: string) => void,
): Promise<OpenRun> {
  const config = asJson(recipe) as JsonObject;
  const print = fingerprint({
    config,
    data,
    weights,
    code: codeVersion(
      import.meta.url,
      PACKAGES.map((name) => `@syn2real/${name}`),
    ),
    backend: asJson(backend) as JsonObject,
    seed: recipe.seed,
    selection,
  });
  let run: Run;
  if (resume) {
    const opened = openRun(dir, { config, fingerprint: print });
    for (const change of opened.changed)
      log(`warning: ${change}; the rest of the run may differ in the last bits`);
    run = opened;
  } else {
    run = createRun(dir, config, print);
  }
  const checkpoint = await loadCheckpoint(run);
  if (checkpoint !== undefined) log(`resuming after step ${checkpoint.step}`);
  return { run, journal: openJournal(run, checkpoint), ...(checkpoint === undefined ? {} : { checkpoint }) };
}

/** The folder of a training run: {@link openRunFolder} with its ledger and its state. */
export async function openFolder(
  dir: string,
  recipe: Recipe,
  settings: Pick<RunSettings, 'resume'>,
  session: Session,
  backend: SelectedBackend,
  log: (line: string) => void,
): Promise<OpenFolder> {
  const { retention, control } = session;
  const { checkpoint, ...opened } = await openRunFolder(
    dir,
    {
      recipe,
      data: {
        source: session.source.domain.fingerprint,
        target: session.target.domain.fingerprint,
        ...(retention === undefined ? {} : { retention: retention.domain.fingerprint }),
      },
      weights: {
        start: session.weights.sha256,
        ...(control?.policy === undefined ? {} : { policy: control.policy }),
      },
      backend,
      selection: recipe.selection,
    },
    settings.resume,
    log,
  );
  const folder = { ...opened, ledger: createLedger(opened.run) };
  if (checkpoint === undefined) return folder;
  return {
    ...folder,
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
