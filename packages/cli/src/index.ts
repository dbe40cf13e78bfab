export { breathe, DIVERGED, ExitCode } from '@syn2real/trainer';
export { toArguments } from './options/arguments.js';
export { type Option, type Options, type OptionValues, option } from './options/option.js';
export { addOptions, parseGiven, parseOptions } from './options/parse.js';
export { optionsBeside, parseRest } from './options/parse-rest.js';
export { runAsProcess, type Usage } from './program/run-as-process.js';
export { type Program, runProgram } from './program/run-program.js';
export { say } from './program/say.js';
export { costLine, type SuiteClock, type SuiteCost, suiteCost, timeSuite } from './suite/cost.js';
export {
  CURVE_CAPTIONS,
  type Drawn,
  drawActions,
  drawCurves,
  drawn,
  writeDrawn,
} from './suite/drawn.js';
export {
  type PaperRow,
  pairsTable,
  paperCsv,
  paperRows,
  paperTable,
  type TableWords,
} from './suite/paper-table.js';
export { parseSuite } from './suite/parse-suite.js';
export { placeOf } from './suite/place-of.js';
export {
  type Decided,
  listTrials,
  type PlannedRow,
  planRow,
  type Stages,
  type SuitePlan,
  type SuitePolicy,
  stagesOf,
} from './suite/plan.js';
export { type RowResult, readResults } from './suite/results.js';
export { distinctRows, type PaperNumbers, type SuiteRow } from './suite/row.js';
export {
  complain,
  runSuite,
  type SuiteIo,
  type SuiteResult,
} from './suite/run-suite.js';
export { chooseLambda, readSweep, SWEEP_RULE, SWEEP_SEED, type SweepReading } from './suite/sweep.js';
export { type SweepResult, sweepTable } from './suite/sweep-table.js';
export { bySeed, distinct, runFolder, type SuiteTrial, trialName } from './suite/trial.js';
export { type SuiteWork, whileSuiteRuns } from './suite/while-suite-runs.js';
export { type SuiteReport, type SuiteTable, writeSuite } from './suite/write-suite.js';
export { checkFolder } from './tasks/check-folder.js';
export {
  type Child,
  type ProgramFiles,
  parseReading,
  processesOf,
  type Reading,
  type StartChild,
} from './tasks/child.js';
export { createDisplay, type Display, type DisplayOptions, type Outcome } from './tasks/display.js';
export { type RunCommand, runTask } from './tasks/run-task.js';
export { type Failure, type RunTasksOptions, runTasks } from './tasks/run-tasks.js';
export type { Task } from './tasks/task.js';
