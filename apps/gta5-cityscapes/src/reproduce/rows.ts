import { createFcn } from '@syn2real/backbones';
import type { SuiteRow } from '@syn2real/cli';
import { groupsOf } from '@syn2real/trainer';
import { recipeOptions } from '../config/train-options.js';
import type { Benchmark, Given } from './benchmark.js';

/** A method of a table or figure: its trials are one per seed. */
export type Row = SuiteRow<Given>;

/** Rows with proxy guidance and those that they are compared with. */
export interface Rows {
  /** Fine-tuning, at the large and the small backbone rate. */
  readonly naive: readonly [large: Row, small: Row];
  readonly guided: readonly [large: Row, small: Row];
  /** Who sets the groups' rates, all with guidance. */
  readonly controlled: readonly Row[];
  readonly asg: Row;
  readonly ibn: readonly Row[];
  /** Other regularizers at the small backbone rate, and the frozen backbone. */
  readonly others: readonly Row[];
}

/**
 * The rows of Table 3 and its figures.
 *
 * The paper prints two rows a network: training without adaptation, and ASG. Its numbers stand beside the small rate,
 * which its released training without guidance has, and ASG; they are of FCN-8s VGG-16 (FCN-ResNet-50: 23.29 and
 * 31.89), GTA5 to Cityscapes.
 */
export function rowsOf({
  lambda,
  factors,
  ibn,
  given,
}: Pick<Benchmark, 'lambda' | 'factors' | 'ibn' | 'given'>): Rows {
  const large = { backboneFactor: factors.large } as const;
  const small = { backboneFactor: factors.small } as const;
  const guidance = { method: 'proxy-guidance', lambda } as const;
  /** A controller sets every group's rate from the one base rate, as with ASG. */
  const controlled = { ...guidance, ...large } as const;
  const regularized = (id: NonNullable<Given['method']>, label: string, sweep: readonly number[]): Row => ({
    id,
    label,
    given: { method: id, ...small, ...(id === 'l2-sp' ? { weightDecay: 0 } : {}) },
    sweep,
    over: 'small',
  });
  return {
    naive: [
      { id: 'large', label: 'large rate', given: { method: 'naive', ...large } },
      {
        id: 'small',
        label: 'small backbone rate',
        given: { method: 'naive', ...small },
        paper: { target: 19.89 },
      },
    ],
    guided: [
      { id: 'large-pg', label: 'large rate + PG', given: { ...guidance, ...large }, over: 'large' },
      { id: 'small-pg', label: 'small rate + PG', given: { ...guidance, ...small }, over: 'small' },
    ],
    controlled: [
      {
        id: 'random',
        label: 'random rates + PG',
        given: { ...controlled, controller: 'random' },
        over: 'small',
      },
      {
        id: 'fixed',
        label: 'fixed rates, falling towards the image + PG',
        given: { ...controlled, controller: 'fixed', scales: fallingScales(given.backbone) },
        over: 'small',
      },
    ],
    asg: {
      id: 'asg',
      label: 'ASG (PG + learned rates)',
      given: { method: 'asg', lambda, ...large },
      policy: true,
      over: 'small',
      paper: { target: 31.47, gain: 11.58 },
    },
    ibn: ibn.flatMap(({ label, given }): Row[] => [
      {
        id: given.backbone,
        label: `${label}, small rate`,
        given: { method: 'naive', ...small, ...given },
        over: 'small',
      },
      {
        id: `${given.backbone}-pg`,
        label: `${label}, small rate + PG`,
        given: { ...guidance, ...small, ...given },
        over: 'small',
      },
    ]),
    others: [
      { id: 'head-only', label: 'score layers only', given: { method: 'head-only' }, over: 'small' },
      regularized('l2', 'L2', [0.001, 0.01, 0.1]),
      regularized('l2-sp', 'L2-SP', [0.001, 0.01, 0.1]),
      regularized('si', 'SI', [0.01, 0.1, 1]),
      regularized('road', 'ROAD', [0.01, 0.1, 1]),
      regularized('ewc', 'EWC', [10, 100, 1000]),
      regularized('mas', 'MAS', [0.1, 1, 10]),
      regularized('lwf', 'LwF', [0.1, 1, 10]),
      regularized('feature-distillation', 'feature distillation', [0.1, 1, 10]),
    ],
  };
}

/** Hand-set scales: 1 for the score layers, 0.5, 0.4, 0.3 and 0.2 for the groups before them, 0.1 for those next to the image. */
function fallingScales(backbone: string = recipeOptions.backbone.schema.parse(undefined)): string {
  const { groups } = groupsOf(createFcn(backbone, { classes: 1 }).backbone, []);
  const named = [1, 0.5, 0.4, 0.3, 0.2].map((scale, at) => `${groups[groups.length - 1 - at]}=${scale}`);
  return [...named, '*=0.1'].join(',');
}
