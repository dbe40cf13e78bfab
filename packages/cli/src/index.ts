export { breathe, ExitCode } from '@syn2real/trainer';
export { toArguments } from './options/arguments.js';
export { type Option, type Options, type OptionValues, option } from './options/option.js';
export { addOptions, parseGiven, parseOptions } from './options/parse.js';
export { runAsProcess, type Usage } from './program/run-as-process.js';
export { type Program, runProgram } from './program/run-program.js';
export { say } from './program/say.js';
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
export { type Failure, type RunTasksOptions, runTasks } from './tasks/run-tasks.js';
export type { Task } from './tasks/task.js';
export { readUsage, type UsageSum } from './tasks/usage.js';
