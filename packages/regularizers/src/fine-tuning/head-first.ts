/** Options of {@link headFirst}. */
export interface HeadFirstOptions {
  /** Labels of all groups that are trained in the end. */
  groups: readonly string[];
  /** Those of the new head. Default `['classifier']`. */
  head?: readonly string[];
  /** Steps in which the head alone is trained. */
  steps: number;
}

/** Which groups are trained in a step. */
export interface TrainingPhases {
  /** The groups trained in step `step`, counted from 0. */
  trainedAt(step: number): readonly string[];
}

/**
 * Head first, then everything: LP-FT (linear probing, then fine-tuning), and the warm-up of learning without forgetting.
 *
 * For `steps` steps only the head's groups are trained, on the frozen network; then all of them, from the head that was
 * found. A random head's gradient never reaches the features, which is what distorts them. In LP-FT the second phase takes
 * a learning rate of a tenth or less. Pass the groups to whatever restricts training: `trained` of the training step,
 * rates of 0, or the list of variables of `optimizer.minimize`. No state: the step says it all. Steps of the head cost no
 * backward pass through the network.
 *
 * @throws RangeError where the steps are not a whole number, or the head is not among the groups
 * @example
 * ```ts
 * const phases = headFirst({ groups: [...network.groups, 'classifier'], steps: 500 });
 * const trained = phases.trainedAt(state.step);
 * ```
 * @see Kumar et al.: Fine-tuning can distort pretrained features and underperform out-of-distribution (ICLR 2022);
 * Li, Hoiem: Learning without forgetting (ECCV 2016), figure 3
 */
export function headFirst({ groups, head = ['classifier'], steps }: HeadFirstOptions): TrainingPhases {
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw new RangeError(`head-first: the head is trained alone for a whole number of steps; got ${steps}.`);
  }
  const unknown = head.filter((group) => !groups.includes(group));
  if (unknown.length > 0 || head.length === 0) {
    throw new RangeError(
      `head-first: the head is among ${groups.join(', ')}; got ${head.join(', ') || 'none'}.`,
    );
  }
  return { trainedAt: (step) => (step < steps ? head : groups) };
}
