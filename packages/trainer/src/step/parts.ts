import type {
  Buffers,
  FunctionRegularizer,
  Head,
  Network,
  OldHead,
  ParameterRegularizer,
  Params,
  Transform,
  tf,
} from '@syn2real/core';
import type { Batch, Task } from './task.js';

/** What a step is made of, the same throughout a run. */
export interface StepParts<B extends Batch = Batch> {
  readonly network: Pick<Network, 'apply'>;
  /** Frozen statistics of the network. */
  readonly buffers: Buffers;
  readonly task: Task<B>;
  readonly optimizer: Transform;
  /** Label of a parameter's group, of network and heads; see {@link groupsOf}. */
  groupOf(param: string): string;
  /** The groups that are trained; parameters of all others get no gradient and stay as they are. */
  readonly trained: readonly string[];
  /** Default: none. */
  readonly functionRegularizers?: readonly FunctionRegularizer[];
  /** Default: none. */
  readonly parameterRegularizers?: readonly ParameterRegularizer[];
  /** The frozen old classifier; needed where a function regularizer reads it. */
  readonly oldHead?: OldHead;
  /**
   * Measures something else of each step, such as what a controller observes: tensors by name, read in the same
   * transfer as the losses. Runs inside a tidy scope. Default: nothing.
   */
  observe?(step: ObservedStep): Readonly<Record<string, tf.Tensor>>;
  /** Whether `observe` reads gradients. Default true. */
  readonly observesGradients?: boolean;
}

/** A step as {@link StepParts.observe} sees it. */
export interface ObservedStep {
  /**
   * Gradients of the trained parameters, regularizers included, weight decay not. Those of a group at rate 0 may be
   * missing where `observesGradients` is false.
   */
  readonly grads: Params;
  readonly before: Params;
  readonly after: Params;
}

/** Group labels of a network with new heads. */
export interface Groups {
  /** All labels, the network's first, then one per head: its name. */
  readonly groups: readonly string[];
  groupOf(param: string): string;
}

/**
 * Groups of a network and heads on it: a parameter `<head>.…` belongs to the group named as the head.
 *
 * @example
 * ```ts
 * const { groups, groupOf } = groupsOf(network, [head]);
 * const optimizer = fixedSgd(groupOf, { momentum: 0.9, weightDecay: 5e-4 });
 * ```
 */
export function groupsOf(
  network: Pick<Network, 'groups' | 'groupOf'>,
  heads: readonly Pick<Head, 'name'>[],
): Groups {
  const names = heads.map(({ name }) => name);
  return {
    groups: [...network.groups, ...names.filter((name) => !network.groups.includes(name))],
    groupOf: (param) => names.find((name) => param.startsWith(`${name}.`)) ?? network.groupOf(param),
  };
}
