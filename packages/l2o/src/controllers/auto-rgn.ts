import { type Controller, type GroupRates, type Observation, UserError } from '@syn2real/core';

/** State of {@link autoRgnController}. Plain JSON. */
export interface AutoRgnState {
  readonly groups: readonly string[];
}

/**
 * Auto-RGN: scales proportional to each group's relative gradient norm, a_g = r_g / max_g′ r_g′, r_g = ‖∇_g‖ / ‖θ_g‖.
 *
 * The observation must carry `norms` ({@link groupNorms}), here averaged over the window. Where no group has a
 * gradient the scales stay as they are. A group whose weights are all (nearly) zero has no relative norm: it gets scale 1 and
 * does not count in the maximum.
 *
 * @throws UserError where the observation has no norms of a group
 * @example
 * ```ts
 * const { scales } = autoRgnController.decide(observation, state);
 * ```
 * @see Lee et al., Surgical Fine-Tuning, ICLR 2023. There each tensor has a rate of its own, set at the start and
 *   periodically; here each group has one, set between windows.
 */
export const autoRgnController: Controller<AutoRgnState> = {
  name: 'auto-rgn',
  init: (groups) => ({ groups: [...groups] }),
  decide: (observation, state) => ({ scales: relativeScales(observation, state.groups), state }),
};

function relativeScales({ norms, scales }: Observation, groups: readonly string[]): GroupRates {
  const relative = groups.map((group) => {
    const norm = norms?.[group];
    if (norm === undefined || !(norm.grad >= 0 && norm.weight >= 0)) {
      throw new UserError({
        what: `Auto-RGN has no norms of the group "${group}" to go by`,
        got: norm === undefined ? 'none' : `gradient ${norm.grad}, weights ${norm.weight}`,
        expected: "the norms of each group's gradient and weights in the observation",
        fix: 'have the training loop measure them with groupNorms',
      });
    }
    const ratio = norm.grad / norm.weight;
    return Number.isFinite(ratio) ? ratio : undefined;
  });
  const largest = Math.max(0, ...relative.filter((ratio) => ratio !== undefined));
  return Object.fromEntries(
    groups.map((group, g) => {
      const ratio = relative[g];
      if (ratio === undefined) return [group, 1];
      return [group, largest === 0 ? (scales[group] ?? 1) : ratio / largest];
    }),
  );
}
