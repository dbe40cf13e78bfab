export { runFolder } from '@syn2real/cli';
export { prepare } from './commands/prepare.js';
export { controlOptions } from './config/control-options.js';
export { type MetaRecipe, metaOptions } from './config/meta-options.js';
export { regularizerOptions } from './config/regularizer-options.js';
export { type RunSettings, recipeOptions as trainOptions, runOptions } from './config/train-options.js';
export { type SourceSplit, splitSource, spread } from './data/held-out.js';
export { main } from './main.js';
export { featuresOf, imagesFor, type ToImages } from './model/forward.js';
export { headOf, type Model, modelFrom } from './model/load.js';
export {
  gridOf,
  type Method,
  type MethodContext,
  type MethodName,
  methodNames,
  methodTable,
  type OwnRegularizers,
  type SharedMethodRecipe,
} from './model/methods.js';
export { type LoadedPolicy, loadPolicy, writePolicy } from './model/policy-file.js';
export { argMax, predictClasses } from './model/predict-classes.js';
export { type LoadedWeights, loadWeights } from './model/weights.js';
export { type Benchmark, HELD_OUT, miniBenchmark, ownBenchmark } from './reproduce/benchmark.js';
export { type PolicyTrial, policyFile, policyTask, policyTrials } from './reproduce/policies.js';
export { type Row, TABLE2 } from './reproduce/rows.js';
export { startVisda17 } from './reproduce/start.js';
export { trainTask } from './reproduce/task.js';
export { type Trial, trialOf } from './reproduce/trial.js';
export { baseRates, type RateRecipe } from './training/base-rates.js';
export { checkRetention } from './training/check-retention.js';
export { type Controlled, type ControlOwn, type ControlPlan, controlOf } from './training/control.js';
export { type ControlRecipe, checkControl, controllerOf } from './training/controllers.js';
export { confusionOf } from './training/evaluate-epoch.js';
export { compareWith, distances, type Forgetting, type FrozenScores } from './training/forgetting.js';
export { type Loaded, loaderFor } from './training/loaded.js';
export {
  type MetaTrainingOptions,
  type Optimizee,
  POLICY_FILE,
  type PolicySummary,
  runMetaTraining,
} from './training/meta-training.js';
export { type Observer, type ObserverOptions, observerOf } from './training/observe.js';
export { preparedStates } from './training/prepared-states.js';
export { reported } from './training/reported.js';
export { PACKAGES } from './training/run-folder.js';
export { exportModel } from './training/summary.js';
export type { TrainIo } from './training/train-io.js';
