export { BACKENDS, type BackendName, type Candidate } from './backend/candidates.js';
export { type SelectBackendOptions, type SelectedBackend, selectBackend } from './backend/select-backend.js';
export type { CheckpointFile, CheckpointManifest } from './checkpoint/checkpoint.js';
export { listCheckpoints } from './checkpoint/list.js';
export {
  disposeCheckpoint,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
  loadCheckpoint,
} from './checkpoint/load.js';
export { type SaveCheckpointOptions, saveCheckpoint } from './checkpoint/save.js';
export { type FileSystem, nodeFileSystem } from './files/file-system.js';
export {
  asJson,
  canonicalJson,
  diffJson,
  type JsonDifference,
  type JsonObject,
  type JsonValue,
  sha256,
} from './files/json.js';
export { createLedger, type Ledger, type LedgerOptions } from './firewall/ledger.js';
export {
  type EpochScore,
  type OracleBest,
  oracleBest,
  SELECTION_RULES,
  type SelectionRule,
  selectEpoch,
} from './firewall/selection.js';
export { type Journal, type JournalOptions, openJournal } from './log/journal.js';
export { type LogLine, readLog } from './log/log.js';
export type {
  LoopBatch,
  LoopEnd,
  LoopOptions,
  LoopProgram,
  LoopStart,
  LoopStep,
} from './loop/program.js';
export type { LoopRecord } from './loop/progress.js';
export {
  type OpenRun,
  type OpenRunFolderOptions,
  openRunFolder,
  type RunIdentity,
} from './loop/run-folder.js';
export { runLoop } from './loop/run-loop.js';
export {
  createProgress,
  duration,
  type Progress,
  type ProgressOptions,
  type ProgressStream,
} from './progress/progress.js';
export { breathe } from './run/breathe.js';
export { type CodeVersion, codeVersion } from './run/code-version.js';
export { DIVERGED, ExitCode } from './run/exit-code.js';
export { type Fingerprint, type FingerprintParts, fingerprint } from './run/fingerprint.js';
export {
  type Interruption,
  type InterruptionOptions,
  interruption,
  SIGNAL_EXIT_CODES,
  type SignalSource,
  type StopSignal,
} from './run/interruption.js';
export { type FolderLock, type LockFolderOptions, lockFolder, whileLocked } from './run/lock.js';
export {
  createRun,
  type OpenedRun,
  type OpenRunOptions,
  openRun,
  type Run,
  type RunOptions,
  readSummary,
  writeSummary,
} from './run/run.js';
export type { Observed, StepLosses } from './step/losses.js';
export { type Groups, groupsOf, type ObservedStep, type StepParts } from './step/parts.js';
export { batchOf, type Position, positionAt, stepsPerEpoch } from './step/position.js';
export { groupRates, trainedGroups } from './step/rates.js';
export {
  disposeTrainState,
  initTrainState,
  stateFromGroups,
  stateGroups,
  type TrainState,
} from './step/state.js';
export {
  type Batch,
  type ClassificationOptions,
  classification,
  type LabelledBatch,
  segmentation,
  type Task,
} from './step/task.js';
export { disposeRecords, type Teacher, type TeacherRecords, teacherRecords } from './step/teacher.js';
export { createTeacherCache, type TeacherCache, type TeacherCacheOptions } from './step/teacher-cache.js';
export { type StepInput, type StepResult, trainStep } from './step/train-step.js';
