import { type Controller, type GroupRates, type Params, UserError } from '@syn2real/core';
import {
  autoRgnController,
  fixedController,
  learnedController,
  randomController,
  randomOnceController,
  scheduleController,
} from '@syn2real/l2o';
import type { Recipe } from '../config/train-options.js';

/** What of a recipe decides its controller. */
export type ControlRecipe = Pick<
  Recipe,
  'controller' | 'policy' | 'policyHidden' | 'policyActions' | 'scales' | 'scalesEnd'
>;

/** The recipe's controller; undefined where each group keeps its base rate. */
export function controllerOf(
  recipe: ControlRecipe,
  policy: Params | undefined,
): Controller<unknown> | undefined {
  switch (recipe.controller) {
    case 'none':
      return undefined;
    case 'learned':
      return hideState(
        learnedController(policy!, {
          carryHidden: recipe.policyHidden === 'carried',
          greedy: recipe.policyActions === 'greedy',
        }),
      );
    case 'random':
      return hideState(randomController);
    case 'random-once':
      return hideState(randomOnceController);
    case 'auto-rgn':
      return hideState(autoRgnController);
    case 'fixed': {
      const { named, others } = parseScales('--scales', recipe);
      return hideState(fixedController(named, others));
    }
    case 'schedule': {
      const from = parseScales('--scales', recipe);
      const to = parseScales('--scales-end', recipe);
      const of = ({ named, others }: Scales, group: string) => named[group] ?? others ?? 1;
      return hideState(
        scheduleController((progress, group) => (1 - progress) * of(from, group) + progress * of(to, group)),
      );
    }
  }
}

/** @throws UserError where a controller lacks what it needs */
export function checkControl({ controller, policy, scales, scalesEnd }: ControlRecipe): void {
  const missing =
    controller === 'learned' && policy === undefined
      ? '--policy, the file of a trained policy'
      : (controller === 'fixed' || controller === 'schedule') && scales === undefined
        ? '--scales, such as classifier=1,*=0.1'
        : controller === 'schedule' && scalesEnd === undefined
          ? '--scales-end, the scales at the end of training'
          : undefined;
  if (missing === undefined) return;
  throw new UserError({
    what: `the controller "${controller}" needs ${missing}`,
    got: 'none',
    fix: controller === 'learned' ? 'train one with visda17 train-policy' : 'give them',
  });
}

interface Scales {
  readonly named: GroupRates;
  /** Of every other group. */
  readonly others?: number;
}

function parseScales(flag: '--scales' | '--scales-end', recipe: ControlRecipe): Scales {
  const text = (flag === '--scales' ? recipe.scales : recipe.scalesEnd)!;
  const pairs = text.split(',').map((pair): [string, number] => {
    const [group, value] = pair.split('=');
    return [group!, Number(value)];
  });
  const { '*': others, ...named } = Object.fromEntries(pairs);
  return { named, ...(others === undefined ? {} : { others }) };
}

/** The same controller to those who only keep its state: plain JSON in, plain JSON out. */
function hideState<State>(controller: Controller<State>): Controller<unknown> {
  const { name, init, first, decide } = controller;
  return {
    name,
    init,
    ...(first === undefined ? {} : { first: (groups, state) => first(groups, state as State) }),
    decide: (observation, state) => decide(observation, state as State),
  };
}
