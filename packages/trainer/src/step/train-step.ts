import {
  type FeatureName,
  type Features,
  type FunctionRegularizer,
  type GroupRates,
  mapParams,
  type OldHead,
  type ParameterRegularizer,
  type Params,
  tf,
  UserError,
} from '@syn2real/core';
import { assertFiniteLosses, type LossTerm, type Observed, readLosses, type StepLosses } from './losses.js';
import type { StepParts } from './parts.js';
import { disposeReplaced, disposeTrainState, stateTensors, type TrainState } from './state.js';
import type { Batch } from './task.js';
import type { TeacherRecords } from './teacher.js';

/** What is the step's own. */
export interface StepInput<B extends Batch = Batch> {
  readonly batch: B;
  /** Learning rate by group, schedule and controller applied; see `groupRates`. */
  readonly rates: GroupRates;
  /** Records of the teacher for the batch, one for each function regularizer. Default: none. */
  readonly teacher?: TeacherRecords;
  /**
   * Disposes of the given state before the losses are read, so that an engine that runs what is pending at the reading
   * can update parameters and optimizer in place instead of holding them twice. On a loss that is not finite there is
   * then no state to go back to but the last checkpoint's. Default false.
   */
  readonly inPlace?: boolean;
}

/** What a step gives. */
export interface StepResult {
  readonly state: TrainState;
  readonly losses: StepLosses;
  /** What `observe` measured; empty without one. */
  readonly observed: Observed;
}

/**
 * One step of training:
 * g = ∇(L_task + Σ λ·L_function) + Σ ∇R_parameter over the trained groups; θ, optimizer ← update(g, rates); afterStep.
 *
 * Only parameters of the trained groups get a gradient, of those only the ones that the loss depends on, and at rate 0
 * only where somebody reads it (see `gradientFreeAtZero`); below the lowest of them nothing is propagated. The task's
 * gradient is computed apart, at the cost of a second pass, only where a parameter regularizer has `afterStep` and
 * there are function regularizers too. The losses are read once, at the step's end.
 *
 * The given state is used up: tensors that the new one does not hold are disposed. Batch and teacher records stay the
 * caller's.
 *
 * @throws UserError where a loss is NaN or infinite (step and term are named), or a teacher's record is missing;
 *   the given state is then as it was; with `inPlace` it is used up where a loss is not finite
 * @example
 * ```ts
 * const rates = groupRates(base, schedule(state.step, total));
 * const { state: next, losses } = await trainStep(parts, state, { batch, rates, teacher });
 * ```
 * @see ASG eq. 2
 */
export async function trainStep<B extends Batch>(
  parts: StepParts<B>,
  state: TrainState,
  input: StepInput<B>,
): Promise<StepResult> {
  const terms: LossTerm[] = [];
  const { next, observed } = tidyStep(() => computeStep(parts, state, input, terms), terms);
  if (input.inPlace === true) disposeReplaced(state, next);
  try {
    const read = await readLosses(terms, observed);
    assertFiniteLosses(state.step, read.losses);
    disposeReplaced(state, next);
    return { state: next, ...read };
  } catch (error) {
    if (input.inPlace === true) disposeTrainState(next);
    else disposeReplaced(next, state);
    throw error;
  } finally {
    disposeTerms(terms);
    for (const tensor of Object.values(observed)) tensor.dispose();
  }
}

/** What a step has made, still on the backend. */
interface MadeStep {
  readonly next: TrainState;
  readonly observed: Readonly<Record<string, tf.Tensor>>;
}

/** Runs `work` in a tidy scope out of which only what it made comes, and the terms, which it has kept. */
function tidyStep(work: () => MadeStep, terms: LossTerm[]): MadeStep {
  let made: MadeStep | undefined;
  try {
    tf.tidy(() => {
      made = work();
      for (const tensor of [...stateTensors(made.next), ...Object.values(made.observed)]) tf.keep(tensor);
    });
  } catch (error) {
    disposeTerms(terms);
    throw error;
  }
  return made!;
}

function computeStep<B extends Batch>(
  parts: StepParts<B>,
  state: TrainState,
  input: StepInput<B>,
  terms: LossTerm[],
): MadeStep {
  const { params } = state;
  const regularizers = parts.parameterRegularizers ?? [];
  const { taskGrads, grads } = lossGradients(parts, params, input, regularizers, terms);
  for (const regularizer of regularizers) {
    const own = state.regularizers[regularizer.name] ?? {};
    terms.push({ name: regularizer.name, weight: 1, value: tf.keep(regularizer.penalty(params, own)) });
    addGradients(grads, regularizer.gradient(params, own), namesWithGradient(parts, params, input));
  }
  const rates = Object.fromEntries(
    Object.entries(input.rates).filter(([group]) => parts.trained.includes(group)),
  );
  const updated = parts.optimizer.update(grads, state.optimizer, params, rates);
  const step = { taskGrads, before: params, after: updated.params };
  const next: Record<string, Params> = { ...state.regularizers };
  for (const regularizer of regularizers) {
    const own = state.regularizers[regularizer.name] ?? {};
    next[regularizer.name] = regularizer.afterStep?.(step, own) ?? own;
  }
  return {
    next: { step: state.step + 1, params: updated.params, optimizer: updated.state, regularizers: next },
    observed: mapParams(parts.observe?.({ grads, before: params, after: updated.params }) ?? {}, (tensor) =>
      tensor.clone(),
    ),
  };
}

/** The gradient of task loss and function regularizers, in a record of its own, and that of the task loss alone. */
function lossGradients<B extends Batch>(
  parts: StepParts<B>,
  params: Params,
  input: StepInput<B>,
  parameterRegularizers: readonly ParameterRegularizer[],
  terms: LossTerm[],
): { taskGrads: Params; grads: Record<string, tf.Tensor> } {
  const names = namesWithGradient(parts, params, input);
  const functions = parts.functionRegularizers ?? [];
  const apart =
    functions.length > 0 && parameterRegularizers.some(({ afterStep }) => afterStep !== undefined);
  const taskLoss = taskTerm(parts, input);
  const functionLosses = functions.map((regularizer) => functionTerm(parts, regularizer, input));
  if (!apart) {
    const grads = gradients(parts, params, names, input, [taskLoss, ...functionLosses], terms);
    return { taskGrads: { ...grads }, grads };
  }
  const taskGrads = gradients(parts, params, names, input, [taskLoss], terms);
  const grads = { ...taskGrads };
  addGradients(grads, gradients(parts, params, names, input, functionLosses, terms), names);
  return { taskGrads, grads };
}

/** A loss on the student's features, with its weight in the total. */
interface FeatureLoss {
  readonly name: string;
  readonly weight: number;
  readonly needs: readonly FeatureName[];
  value(params: Params, features: Features): tf.Scalar;
}

function taskTerm<B extends Batch>({ task }: StepParts<B>, { batch }: StepInput<B>): FeatureLoss {
  return {
    name: 'task',
    weight: 1,
    needs: task.needs,
    value: (params, features) => task.loss(params, features, batch),
  };
}

function functionTerm<B extends Batch>(
  { oldHead = missingHead }: StepParts<B>,
  { name, weight, needs, ...regularizer }: FunctionRegularizer,
  { teacher }: StepInput<B>,
): FeatureLoss {
  const record = teacher?.[name];
  if (record === undefined) {
    throw new UserError({
      what: `the step has no record of the teacher for the regularizer "${name}"`,
      got: Object.keys(teacher ?? {}).join(', ') || 'no records',
      fix: 'pass what teacherRecords gave for this batch',
    });
  }
  return { name, weight, needs, value: (_, features) => regularizer.loss(features, record, oldHead) };
}

function gradients<B extends Batch>(
  { network, buffers }: StepParts<B>,
  params: Params,
  names: readonly string[],
  { batch }: StepInput<B>,
  losses: readonly FeatureLoss[],
  terms: LossTerm[],
): Record<string, tf.Tensor> {
  const want = [...new Set(losses.flatMap(({ needs }) => needs))];
  const total = (): tf.Scalar => {
    const features = network.apply(params, buffers, batch.images, want);
    const weighted = losses.map(({ name, weight, value }) => {
      const loss = tf.keep(value(params, features));
      terms.push({ name, weight, value: loss });
      return weight === 1 ? loss : loss.mul<tf.Scalar>(weight);
    });
    return weighted.reduce((sum, loss) => sum.add<tf.Scalar>(loss));
  };
  if (names.length === 0) {
    total();
    return {};
  }
  const found = tf.engine().gradients(
    total,
    names.map((name) => params[name]!),
    undefined,
    true,
  ).grads;
  const grads: Record<string, tf.Tensor> = {};
  names.forEach((name, i) => {
    const grad: tf.Tensor | null | undefined = found[i];
    if (grad !== undefined && grad !== null) grads[name] = grad;
  });
  return grads;
}

function addGradients(into: Record<string, tf.Tensor>, more: Params, names: readonly string[]): void {
  for (const name of names) {
    const grad = more[name];
    if (grad === undefined) continue;
    const had = into[name];
    into[name] = had === undefined ? grad : had.add(grad);
  }
}

/**
 * The trained parameters, without those of a group at rate 0 where nobody reads their gradients: neither the optimizer,
 * nor a path integral, nor who observes.
 */
function namesWithGradient(parts: StepParts, params: Params, { rates }: Pick<StepInput, 'rates'>): string[] {
  const { trained, groupOf, optimizer, parameterRegularizers = [] } = parts;
  const skips =
    optimizer.gradientFreeAtZero === true &&
    (parts.observe === undefined || parts.observesGradients === false) &&
    parameterRegularizers.every(({ afterStep }) => afterStep === undefined);
  return Object.keys(params).filter((name) => {
    const group = groupOf(name);
    return trained.includes(group) && !(skips && rates[group] === 0);
  });
}

function disposeTerms(terms: readonly LossTerm[]): void {
  for (const { value } of terms) value.dispose();
}

const missingHead: OldHead = () => {
  throw new UserError({
    what: 'a regularizer reads the old classifier, and the step has none',
    fix: 'pass oldHead',
  });
};
