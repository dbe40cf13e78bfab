import { type Params, param, tf } from '@syn2real/core';
import { classifierStatistics, groupNorms, type IterationStatistics, readNorms } from '@syn2real/l2o';
import type { ObservedStep, StepResult } from '@syn2real/trainer';

/** What a controller or a policy in training looks at in each step. */
export interface Observer {
  readonly readsGradients: boolean;
  readonly tensors: (step: ObservedStep) => Readonly<Record<string, tf.Tensor>>;
  readonly statistics: (result: Pick<StepResult, 'losses' | 'observed'>) => IterationStatistics;
}

/** Options of {@link observerOf}. */
export interface ObserverOptions {
  readonly groups: readonly string[];
  readonly groupOf: (param: string) => string;
  /** `last`: the new classifier's last layer; `all`: all of its tensors. */
  readonly classifier: 'last' | 'all';
  /** The kernel of `last`. Default: the last one in the order of the parameters. */
  readonly kernel?: string;
  /** Names of the function regularizers: the losses that count as the regularizer's. */
  readonly functionRegularizers: readonly string[];
  /** Whether each group's norms are measured, at the cost of a pass over gradients and parameters. */
  readonly norms: boolean;
}

/** Measures steps for a controller, in the transfer that reads the losses. */
export function observerOf(options: ObserverOptions): Observer {
  const { groups, groupOf, functionRegularizers } = options;
  return {
    readsGradients: options.norms,
    tensors: ({ grads, before, after }) => ({
      classifier: classifierStatistics(classifierWeights(after, options)),
      ...(options.norms ? { norms: groupNorms(grads, before, groupOf, groups) } : {}),
    }),
    statistics: ({ losses, observed }) => ({
      loss: losses.total,
      taskLoss: losses.task,
      regularizerLoss: functionRegularizers.reduce((sum, name) => sum + losses.regularizers[name]!, 0),
      classifierMean: observed.classifier![0]!,
      classifierStd: observed.classifier![1]!,
      ...(observed.norms === undefined ? {} : { norms: readNorms(groups, observed.norms) }),
    }),
  };
}

/** The tensors of the last group are the new classifier's; of the last layer it is the kernel. */
function classifierWeights(
  params: Params,
  { groups, groupOf, classifier, kernel }: ObserverOptions,
): tf.Tensor {
  if (classifier === 'last' && kernel !== undefined) return param(params, kernel);
  const own = Object.entries(params).filter(([name]) => groupOf(name) === groups[groups.length - 1]);
  const kernels = own.filter(([name]) => name.endsWith('.weight'));
  if (classifier === 'last') return kernels[kernels.length - 1]![1];
  return tf.concat(own.map(([, tensor]) => tensor.flatten()));
}
