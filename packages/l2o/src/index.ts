export { scaledRates, scaleOf, scalesOf, uniformScales } from './actions.js';
export { type AutoRgnState, autoRgnController } from './controllers/auto-rgn.js';
export { type FixedState, fixedController } from './controllers/fixed.js';
export { type LearnedState, learnedController } from './controllers/learned.js';
export {
  type RandomOnceState,
  type RandomState,
  randomController,
  randomOnceController,
} from './controllers/random.js';
export { type ScheduleState, scheduleController } from './controllers/schedule.js';
export {
  type ControlDecision,
  type ControlLoop,
  type ControlLoopOptions,
  type ControlState,
  createControlLoop,
} from './loop/control-loop.js';
export type { LoopLength, WindowState } from './loop/window-state.js';
export { type MetaTrainerOptions, paperMetaOptions, releasedMetaOptions } from './meta/options.js';
export {
  type MetaDecision,
  type MetaPlainState,
  type MetaState,
  type MetaStep,
  type PendingDecision,
  releaseMetaState,
} from './meta/state.js';
export { createMetaTrainer, type MetaTrainer } from './meta/trainer.js';
export { classifierStatistics, groupNorms, readNorms } from './observe/measure.js';
export { observationVector } from './observe/observation.js';
export {
  type IterationStatistics,
  type WindowAccumulator,
  type WindowStatistics,
  windowStatistics,
} from './observe/statistics.js';
export {
  planWindows,
  type Window,
  type WindowGrowth,
  type WindowOptions,
  windowLength,
} from './observe/window.js';
export { type ActOptions, act, type PolicyDecision } from './policy/act.js';
export { entropy, type JointAction, logProbability } from './policy/distribution.js';
export { type ApplyPolicyOptions, applyPolicy, type PolicyOutputs } from './policy/forward.js';
export { type HiddenTensors, type PolicyHidden, zeroHidden } from './policy/hidden.js';
export { initPolicy } from './policy/init.js';
export { coordinatesOf, policyShapes } from './policy/shapes.js';
export {
  policyFromStateDict,
  policyToStateDict,
  type TorchStateDict,
  type TorchTensor,
} from './policy/state-dict.js';
export {
  type AdvantageOptions,
  type AdvantageState,
  initAdvantages,
  scaleRewards,
  subtractBaseline,
} from './reinforce/advantage.js';
export { type PolicyGradientOptions, type PolicyGradients, policyGradients } from './reinforce/gradients.js';
export {
  createPolicyLearner,
  type PolicyLearner,
  type PolicyLearnerOptions,
  type PolicyLearnerState,
  type PolicyUpdate,
} from './reinforce/learner.js';
export { type ReinforceForm, reinforceLoss } from './reinforce/loss.js';
export {
  addTransition,
  discountedReturns,
  emptyRollout,
  type Rollout,
  type Transition,
} from './reinforce/rollout.js';
