import { disposeCheckpoint, type LoadedCheckpoint, loadCheckpoint } from '../checkpoint/load.js';
import { asJson, type JsonObject } from '../files/json.js';
import { createLedger, type Ledger } from '../firewall/ledger.js';
import { type Journal, openJournal } from '../log/journal.js';
import { codeVersion } from '../run/code-version.js';
import { fingerprint } from '../run/fingerprint.js';
import { lockFolder } from '../run/lock.js';
import { createRun, openRun, type Run } from '../run/run.js';

/** What decides a run's numbers. */
export interface RunIdentity {
  /** What is written as config.json. */
  readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  /** Fingerprints of the data sets, by what they are for. */
  readonly data: Readonly<Record<string, string>>;
  /** SHA-256 of the files of weights, by what they are for. */
  readonly weights: Readonly<Record<string, string>>;
  /** What `selectBackend` gave. */
  readonly backend: object;
  /** How what is reported is selected. */
  readonly selection: string;
}

/** Options of {@link openRunFolder}. */
export interface OpenRunFolderOptions {
  /** Goes on with the run that is there. Default false: begins one. */
  resume?: boolean;
  log: (line: string) => void;
  /** The program's `import.meta.url`: its git commit is recorded, and the versions of the packages that it imports. */
  from: string;
  /** Packages whose versions are recorded, without `@syn2real/`. Default: those that all programs have. */
  packages?: readonly string[];
}

/** A run's folder, open for training. */
export interface OpenRun {
  readonly run: Run;
  readonly journal: Journal;
  readonly ledger: Ledger;
  /** Its last checkpoint; {@link runLoop} or the caller owns the tensors. Undefined: at the beginning. */
  readonly checkpoint?: LoadedCheckpoint;
  /** Closes the journal and lets other processes write into the folder. */
  close(): void;
}

const PACKAGES = [
  'core',
  'weights',
  'backbones',
  'regularizers',
  'datasets',
  'trainer',
  'tfjs-backend-onnxruntime',
];

/**
 * Begins a run's folder, or with `resume` goes on where its last checkpoint stands. Until the caller closes it, no other
 * process can open it.
 *
 * @throws UserError where the folder is taken or in use, holds no run, or one of other settings; where its checkpoint is
 *   damaged
 * @example
 * ```ts
 * const folder = await openRunFolder('runs/naive-0', identity, { resume, log: say, from: import.meta.url });
 * try {
 *   await runLoop(folder, program, options);
 * } finally {
 *   folder.close();
 * }
 * ```
 */
export async function openRunFolder(
  dir: string,
  { recipe, data, weights, backend, selection }: RunIdentity,
  { resume = false, log, from, packages = PACKAGES }: OpenRunFolderOptions,
): Promise<OpenRun> {
  const config = asJson(recipe) as JsonObject;
  const print = fingerprint({
    config,
    data,
    weights,
    code: codeVersion(
      from,
      packages.map((name) => `@syn2real/${name}`),
    ),
    backend: asJson(backend) as JsonObject,
    seed: recipe.seed,
    selection,
  });
  const there = resume ? openRun(dir, { config, fingerprint: print }) : undefined;
  const lock = lockFolder(dir, { log });
  let checkpoint: LoadedCheckpoint | undefined;
  try {
    for (const change of there?.changed ?? [])
      log(`warning: ${change}; the rest of the run may differ in the last bits`);
    const run = there ?? createRun(dir, config, print);
    checkpoint = await loadCheckpoint(run);
    if (checkpoint !== undefined) log(`resuming after step ${checkpoint.step}`);
    const journal = openJournal(run, checkpoint);
    const opened = {
      run,
      journal,
      ledger: createLedger(run),
      close() {
        try {
          journal.close();
        } finally {
          lock.release();
        }
      },
    };
    return checkpoint === undefined ? opened : { ...opened, checkpoint };
  } catch (error) {
    disposeCheckpoint(checkpoint);
    lock.release();
    throw error;
  }
}
