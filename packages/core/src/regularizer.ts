import type { FeatureName, Features } from './network.js';
import type { Params } from './params.js';
import type { tf } from './tf.js';

/**
 * Constrains parameters (L2, L2-SP, SI, EWC, MAS).
 *
 * Its gradient is added to the task's gradient, before weight decay. The state is plain tensors by name, so
 * that checkpoints need to know nothing about it.
 */
export interface ParameterRegularizer<State extends Params = Params> {
  readonly name: string;
  /** What it needs before training: the anchor, importances. The returned tensors belong to the caller. */
  prepare(anchor: Params, samples?: AsyncIterable<RegularizerBatch>): Promise<State>;
  /** R(θ), a scalar. */
  penalty(params: Params, state: State): tf.Scalar;
  /** ∇R(θ) in closed form, so that it needs no second backward pass. */
  gradient(params: Params, state: State): Params;
  /** Sees each step that was made (the path integral of SI); returns the new state, owned by the caller. */
  afterStep?(step: RegularizedStep, state: State): State;
}

/** A step as a {@link ParameterRegularizer} sees it. */
export interface RegularizedStep {
  /** Gradient of the task loss alone: no regularizer, no weight decay. */
  taskGrads: Params;
  before: Params;
  after: Params;
}

/** Images and, where the importance needs them, labels. */
export interface RegularizerBatch {
  images: tf.Tensor4D;
  labels?: tf.Tensor;
}

/** The frozen classifier of the old task: features in, old-task logits `[rows, K_old]` out. */
export type OldHead = (feature: tf.Tensor) => tf.Tensor2D;

/**
 * Constrains outputs or features against a frozen network (proxy guidance, LwF, ROAD, feature distillation).
 *
 * The teacher enters by its record alone: what `record` keeps of it per image, with a leading batch axis.
 * As teacher and transform are fixed, a record can be computed once per image and read back in later epochs.
 */
export interface FunctionRegularizer {
  readonly name: string;
  /** Weight λ of the loss in the total. */
  readonly weight: number;
  /** The features that both networks must hand over: `["pool"]`, `["layer4"]`. */
  readonly needs: readonly FeatureName[];
  /** What is kept of the frozen network for these images; every tensor's first axis is the batch. */
  record(teacher: Features, oldHead: OldHead): TeacherRecord;
  /** The unweighted loss, a scalar; differentiable in the student's features, constant in the record. */
  loss(student: Features, teacher: TeacherRecord, oldHead: OldHead): tf.Scalar;
}

/** Tensors of the frozen network, batch first. */
export type TeacherRecord = Readonly<Record<string, tf.Tensor>>;
