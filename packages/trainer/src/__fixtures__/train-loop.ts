import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, type RngState, restoreRng, tf } from '@syn2real/core';
import {
  asJson,
  createLedger,
  createRun,
  createTeacherCache,
  disposeTrainState,
  type FileSystem,
  fingerprint,
  groupRates,
  initTrainState,
  interruption,
  loadCheckpoint,
  lockFolder,
  nodeFileSystem,
  openJournal,
  openRun,
  positionAt,
  saveCheckpoint,
  selectBackend,
  selectEpoch,
  stateFromGroups,
  stateGroups,
  stepsPerEpoch,
  teacherRecords,
  trainStep,
  writeSummary,
} from '../index.js';
import { tinyBatch, tinyGuidance, tinyPath, tinySetup } from './tiny.js';

/**
 * A whole run in a process of its own: `train-loop.ts DIR BACKEND CALLS STEPS`; it kills itself at the CALLS-th change
 * of the disk, sends itself SIGTERM after STEPS steps, and goes on from where it was when started again.
 */
const [dir, backendName, calls, steps] = process.argv.slice(2) as [string, string, string, string];
const IMAGES = 14;
const BATCH = 4;
const EPOCHS = 3;
const base = { conv1: 0.05, conv2: 0.05, fc_new: 0.1 };
const config = { images: IMAGES, batch: BATCH, epochs: EPOCHS, seed: 7 };

const disk = killingFiles(Number(calls));
const backend = await selectBackend(backendName);
const identity = fingerprint({
  config,
  data: { source: 'tiny' },
  weights: {},
  code: { packages: {} },
  backend,
  seed: 7,
  selection: 'source-held-out',
});
const options = { files: disk.files };
const lock = lockFolder(dir, options);
const run = existsSync(join(dir, 'config.json'))
  ? openRun(dir, { config, fingerprint: identity, ...options })
  : createRun(dir, config, identity, options);
const saved = await loadCheckpoint(run);
const journal = openJournal(run, saved);

const rng = createRng(7);
const setup = tinySetup(rng.split('setup'));
const regularizers = [tinyGuidance];
const parts = { ...setup.parts, functionRegularizers: regularizers, parameterRegularizers: [tinyPath] };
const cache = createTeacherCache({ images: IMAGES });
const noise = restoreRng((saved?.state.noise as unknown as RngState) ?? rng.split('noise').state());
const epochs = [...((saved?.state.epochs as unknown as { epoch: number; sourceHeldOut: number }[]) ?? [])];
let state =
  saved === undefined
    ? initTrainState(parts, setup.params, { path: await tinyPath.prepare(setup.params) })
    : stateFromGroups(saved.step, saved.groups);
const ledger = createLedger(run, { journal, step: () => state.step });
const perEpoch = stepsPerEpoch(IMAGES, BATCH);
const total = EPOCHS * perEpoch;
const stop = interruption({ onSignal: () => {} });

while (state.step < total && stop.signal === undefined) {
  const { epoch, within } = positionAt(state.step, perEpoch);
  const order = rng.split('shuffle').split(epoch).permutation(IMAGES);
  const indices = order.slice(within * BATCH, (within + 1) * BATCH);
  const batch = tinyBatch(indices, rng.split('data'));
  let teacher = cache.get(indices);
  if (teacher === undefined) {
    teacher = teacherRecords({ ...setup.teacher, regularizers }, batch.images);
    await cache.put(indices, teacher);
  }
  const rates = groupRates(base, 1 + 0.1 * noise.normal());
  const { state: next, losses } = await trainStep(parts, state, { batch, rates, teacher });
  state = next;
  tf.dispose([batch.images, batch.labels, teacher.guidance as Record<string, tf.Tensor>]);
  journal.record('train', state.step, asJson({ loss: losses, rates }) as typeof config);
  const ended = positionAt(state.step, perEpoch).within === 0;
  if (ended) {
    ledger.onReading({ target: 'tiny', purpose: 'epoch accuracy', images: IMAGES });
    epochs.push({ epoch, sourceHeldOut: -losses.task });
    journal.record('epoch', state.step, { epoch, sourceHeldOut: -losses.task });
  }
  if (ended || state.step % 3 === 0 || stop.signal !== undefined) {
    const rest = asJson({ noise: noise.state(), epochs }) as typeof config;
    await saveCheckpoint(run, state.step, stateGroups(state), rest, { journal });
  }
  if (state.step === Number(steps)) process.kill(process.pid, 'SIGTERM');
  await new Promise((resolve) => setImmediate(resolve));
}
if (state.step === total) {
  writeSummary(run, { selected: selectEpoch(epochs, 'source-held-out'), steps: total });
}
journal.close();
lock.release();
disposeTrainState(state);
process.stdout.write(`calls ${disk.calls()}\n`);
process.exitCode = stop.exitCode ?? 0;
stop.dispose();

/** The machine's file system, until the `at`-th change of the disk: then the process is killed, a write half done. */
function killingFiles(at: number): { files: FileSystem; calls(): number } {
  const changing = new Set(['closeSync', 'ftruncateSync', 'mkdirSync', 'openSync', 'renameSync', 'rmSync']);
  let done = 0;
  const files = Object.fromEntries(
    Object.entries(nodeFileSystem).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        if (changing.has(name) || name === 'writeSync' || name === 'fsyncSync') done += 1;
        if (done >= at) {
          const [handle, bytes, offset, length, position] = args as [number, Uint8Array, number, number, number];
          if (name === 'writeSync') nodeFileSystem.writeSync(handle, bytes, offset, length >> 1, position);
          process.kill(process.pid, 'SIGKILL');
        }
        return Reflect.apply(call, nodeFileSystem, args);
      },
    ]),
  ) as unknown as FileSystem;
  return { files, calls: () => done };
}
