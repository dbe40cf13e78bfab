import { type Observation, UserError } from '@syn2real/core';
import { ENCODED } from '../policy/shapes.js';

/**
 * The 5 + C numbers that the policy sees: [task loss, regularizer loss, progress, classifier's mean, classifier's
 * standard deviation, then the scale in force of each group]. Raw, nothing is normalised.
 *
 * @param groups in the order of the policy's coordinates
 * @throws UserError where a number is missing or not finite
 * @example
 * ```ts
 * const vector = observationVector(observation, network.groups); // 12 numbers for seven groups
 * ```
 */
export function observationVector(observation: Observation, groups: readonly string[]): number[] {
  const named = [
    ...ENCODED.map((name) => [name, observation[name]] as const),
    ...groups.map((group) => [`scales.${group}`, observation.scales[group]] as const),
  ];
  return named.map(([name, value]) => {
    if (value === undefined || !Number.isFinite(value)) {
      throw new UserError({
        what: `an observation's "${name}" is not a finite number`,
        got: String(value),
        fix: 'training has diverged, or the training loop leaves this value out: lower the rate, or report it',
      });
    }
    return value + 0; // no −0, which JSON would not keep
  });
}
