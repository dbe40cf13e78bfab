import type { SuiteRow } from '@syn2real/cli';
import type { Benchmark, Given } from './benchmark.js';

/** A method of a table or figure: its trials are one per seed. */
export type Row = SuiteRow<Given>;

const large = { backboneFactor: 1 } as const;
const small = { backboneFactor: 0.1 } as const;
const guided = { method: 'proxy-guidance', lambda: 0.1 } as const;
/** A controller sets every group's rate from the one base rate, as with ASG. */
const controlled = { ...guided, ...large, schedule: 'constant' } as const;

/**
 * The rows of Table 2, the paper's first.
 *
 * The methods that are compared with proxy guidance train at the small backbone rate: the paper takes their gains over
 * its row 3.
 */
export const TABLE2: readonly Row[] = [
  {
    id: 'large',
    label: 'large rate',
    given: { method: 'naive', ...large },
    paper: { target: 28.2, retention: 0.8 },
  },
  {
    id: 'large-pg',
    label: 'large rate + PG',
    given: { ...guided, ...large },
    over: 'large',
    paper: { target: 58.7, retention: 76.2, gain: 30.5 },
  },
  {
    id: 'small',
    label: 'small backbone rate',
    given: { method: 'naive', ...small },
    paper: { target: 49.3, retention: 33.1 },
  },
  {
    id: 'small-pg',
    label: 'small rate + PG',
    given: { ...guided, ...small },
    over: 'small',
    paper: { target: 60.2, retention: 76.5, gain: 10.9 },
  },
  {
    id: 'head-only',
    label: 'head only',
    given: { method: 'head-only' },
    over: 'small',
    paper: { target: 53.3, retention: 77.4, gain: 4 },
  },
  {
    id: 'road',
    label: 'ROAD',
    given: { method: 'road', ...small },
    sweep: [0.01, 0.1, 1],
    over: 'small',
    paper: { target: 57.1, retention: 77.4, gain: 7.8 },
  },
  {
    id: 'l2',
    label: 'L2',
    given: { method: 'l2', ...small },
    sweep: [0.001, 0.01, 0.1],
    over: 'small',
    paper: { target: 56.4, retention: 49.1, gain: 7.1 },
  },
  {
    id: 'si',
    label: 'SI',
    given: { method: 'si', ...small },
    sweep: [0.01, 0.1, 1],
    over: 'small',
    paper: { target: 57.6, retention: 53.9, gain: 8.3 },
  },
  {
    id: 'asg',
    label: 'ASG (PG + learned rates)',
    given: { method: 'asg', lambda: 0.1 },
    policy: true,
    over: 'small',
    paper: { target: 61.1, retention: 76.7 },
  },
];

/** Methods beside the paper's, at the small backbone rate. */
export const EXTRA: readonly Row[] = [
  {
    id: 'l2-sp',
    label: 'L2-SP',
    given: { method: 'l2-sp', weightDecay: 0, ...small },
    sweep: [0.001, 0.01, 0.1],
    over: 'small',
  },
  { id: 'ewc', label: 'EWC', given: { method: 'ewc', ...small }, sweep: [10, 100, 1000], over: 'small' },
  { id: 'mas', label: 'MAS', given: { method: 'mas', ...small }, sweep: [0.1, 1, 10], over: 'small' },
  { id: 'lwf', label: 'LwF', given: { method: 'lwf', ...small }, sweep: [0.1, 1, 10], over: 'small' },
  {
    id: 'feature-distillation',
    label: 'feature distillation',
    given: { method: 'feature-distillation', ...small },
    sweep: [0.1, 1, 10],
    over: 'small',
  },
  {
    id: 'wise-ft',
    label: 'WiSE-FT (α = 0.5)',
    given: { method: 'naive', wiseFt: 0.5, ...small },
    over: 'small',
  },
  {
    id: 'swad',
    label: 'SWAD',
    given: { method: 'naive', average: 'swad', schedule: 'constant', ...small },
    over: 'small',
  },
];

/** Ways to set the groups' rates beside the learned one, all with proxy guidance; the paper's Figure 6. */
export const CONTROLLERS: readonly Row[] = [
  {
    id: 'random',
    label: 'random rates + PG',
    given: { ...controlled, controller: 'random' },
    over: 'small',
  },
  {
    id: 'random-once',
    label: 'random rates, drawn once + PG',
    given: { ...controlled, controller: 'random-once' },
    over: 'small',
  },
  {
    id: 'auto-rgn',
    label: 'Auto-RGN + PG',
    given: { ...controlled, controller: 'auto-rgn' },
    over: 'small',
  },
];

const TABLE1_PAPER: readonly (readonly [lambda: number, target: number])[] = [
  [0.01, 58.9],
  [0.05, 59.4],
  [0.1, 60.1],
  [0.5, 58.5],
  [1, 59.7],
];

/** Table 1: proxy guidance at the small backbone rate over λ. */
export const TABLE1: readonly Row[] = TABLE1_PAPER.map(([lambda, target]) => ({
  id: `lambda-${lambda}`,
  label: `λ = ${lambda}`,
  given: { ...guided, ...small, lambda },
  paper: { target },
}));

/** IBN-Net at the small backbone rate, with and without guidance. */
export function ibnRows({ ibn }: Benchmark, guidance: boolean): Row[] {
  return ibn.map(({ label, given }) => ({
    id: `${given.backbone}${guidance ? '-pg' : ''}`,
    label: guidance ? `${label} + PG` : label,
    given: { ...(guidance ? guided : { method: 'naive' as const }), ...small, ...given },
  }));
}
