import { UserError } from '@syn2real/core';
import type { Probabilities } from '../probabilities.js';
import type { ConfidenceCollector } from '../pseudo-labels/confidences.js';
import { mostConfidentLabels, type PseudoLabels, pseudoLabels } from '../pseudo-labels/pseudo-labels.js';
import { sampledConfidences } from '../pseudo-labels/sampled-confidences.js';
import { checkPortion, type ThresholdOptions } from '../pseudo-labels/threshold-rule.js';
import { type GrowingShare, SOURCE_SHARE, shareOfRound, TARGET_PORTION } from '../schedule/portions.js';
import {
  addToTally,
  emptyTally,
  type RoundPlan,
  type RoundReport,
  type RoundTally,
  roundReport,
} from './report.js';

/** How pseudo-labels are chosen in each round. */
export interface RoundsOptions {
  readonly classes: number;
  readonly rounds: number;
  /** q of the pseudo-labels by rounds. Default `TARGET_PORTION`. */
  readonly portion?: GrowingShare;
  /** Share of the source by rounds. Default `SOURCE_SHARE`. */
  readonly sourceShare?: GrowingShare;
  /**
   * `crst`, `udacu`: thresholds of that rule, reached or passed; `drst`: exactly the portion of each predicted class.
   * Default `crst`.
   */
  readonly rule?: ThresholdOptions['rule'];
  /** Default `class`. */
  readonly balance?: ThresholdOptions['balance'];
  /** One threshold for all classes and rounds, in place of portions. Default: none. */
  readonly fixed?: number;
  /** α of LRENT; 0 for hard labels. Default 0. */
  readonly alpha?: number;
  /** Labels in place of those by thresholds, such as those of centroids. Default: by thresholds. */
  readonly labeller?: (input: RoundInput, plan: RoundPlan) => PseudoLabels;
}

/** What a model says of the whole target set at the beginning of a round. */
export interface RoundInput {
  readonly probabilities: Probabilities;
  /** Features by which a labeller may go, `[count, width]`. */
  readonly features?: { readonly values: Float32Array; readonly width: number };
}

/** Where self-training stands; plain JSON. */
export interface RoundsState {
  /** Rounds reported. */
  readonly done: number;
  /** The round under way, once its thresholds are known. */
  readonly plan?: RoundPlan;
  /** Of the rounds done. */
  readonly reports: readonly RoundReport[];
}

/** The rounds of self-training as a pure core: what comes in are probabilities, what goes out labels and a new state. */
export interface Rounds {
  /** Before the first round. */
  init(): RoundsState;
  /** Whether all rounds are done. */
  isOver(state: RoundsState): boolean;
  /** Begins a round: thresholds from all confidences that were collected. */
  begin<C>(
    state: RoundsState,
    collector: Pick<ConfidenceCollector<C>, 'thresholds'>,
    collected: C,
  ): RoundsState;
  /** Labels of some of the samples, by the thresholds of the round that was begun. */
  label(state: RoundsState, input: RoundInput): PseudoLabels;
  /** Ends the choice of labels: their report is kept, and the state waits for the next round. */
  report(state: RoundsState, tally: RoundTally): RoundsState;
  /**
   * All of that at once, for a set that fits in memory.
   *
   * @param previous labels of the round before, for the agreement. Default: there was none
   */
  next(
    state: RoundsState,
    input: RoundInput,
    previous?: Pick<PseudoLabels, 'hard'>,
  ): { readonly state: RoundsState; readonly labels: PseudoLabels; readonly report: RoundReport };
}

/**
 * The driver of self-training's rounds, the same for images and for pixels.
 *
 * A round: predict the whole target set → thresholds → labels → train on them and on a subset of the source. The driver
 * does what lies between predicting and training, and keeps what a resumed run needs.
 *
 * @throws UserError where an option is out of range
 * @example
 * ```ts
 * const driver = rounds({ classes: 12, rounds: 20 });
 * let state = driver.init();
 * let labels: PseudoLabels | undefined;
 * while (!driver.isOver(state)) {
 *   const probabilities = { values: await predictAll(), classes: 12 };
 *   ({ state, labels } = driver.next(state, { probabilities }, labels));
 *   await trainOn(labels, sourceSubset(count, state.reports.at(-1)!.sourceShare, rng, state.done - 1));
 * }
 * ```
 * @see Zou et al., ECCV 2018, Algorithm 1; ICCV 2019, section 3
 */
export function rounds(options: RoundsOptions): Rounds {
  const { classes, portion = TARGET_PORTION, sourceShare = SOURCE_SHARE, fixed, alpha = 0 } = options;
  const { rule = 'crst', balance = 'class', labeller = byThresholds } = options;
  checkRounds(options);

  function byThresholds({ probabilities }: RoundInput, plan: RoundPlan): PseudoLabels {
    if (rule === 'drst' && plan.portion !== null) {
      return mostConfidentLabels(probabilities, { lambda: plan.lambda, alpha, portion: plan.portion });
    }
    return pseudoLabels(probabilities, { lambda: plan.lambda, alpha, inclusive: rule !== 'udacu' });
  }
  function planOf({ plan }: RoundsState): RoundPlan {
    if (plan !== undefined) return plan;
    throw new UserError({
      what: 'no round was begun',
      fix: 'call begin with the confidences of the whole target set first',
    });
  }
  const begin: Rounds['begin'] = (state, collector, collected) => {
    if (state.done >= options.rounds) {
      throw new UserError({
        what: 'all rounds are done',
        got: `${state.done} rounds`,
        fix: 'ask isOver before, or plan more rounds',
      });
    }
    const q = shareOfRound(portion, state.done);
    const lambda =
      fixed === undefined
        ? Array.from(collector.thresholds(collected, { portion: q, rule, balance }))
        : Array<number>(classes).fill(fixed);
    const plan: RoundPlan = {
      round: state.done,
      portion: fixed === undefined ? q : null,
      sourceShare: shareOfRound(sourceShare, state.done),
      lambda,
    };
    return { ...state, plan };
  };
  const label: Rounds['label'] = (state, input) => labeller(input, planOf(state));
  const report: Rounds['report'] = (state, tally) => ({
    done: state.done + 1,
    reports: [...state.reports, roundReport(planOf(state), tally)],
  });
  return {
    init: () => ({ done: 0, reports: [] }),
    isOver: ({ done }) => done >= options.rounds,
    begin,
    label,
    report,
    next(state, input, previous) {
      const collector = sampledConfidences({ classes });
      const begun = begin(state, collector, collector.add(collector.init(), input.probabilities));
      const labels = label(begun, input);
      const tally = addToTally(emptyTally(classes), {
        probabilities: input.probabilities,
        labels: labels.hard,
        ...(previous === undefined ? {} : { previous: previous.hard }),
      });
      const next = report(begun, tally);
      return { state: next, labels, report: next.reports[next.reports.length - 1]! };
    },
  };
}

function checkRounds({ classes, rounds, fixed, portion, sourceShare }: RoundsOptions): void {
  for (const share of [portion, sourceShare]) {
    if (share === undefined) continue;
    checkPortion(share.start);
    checkPortion(share.cap);
  }
  const isCount = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;
  if (isCount(classes, 2) && isCount(rounds, 1) && (fixed === undefined || fixed > 0)) return;
  throw new UserError({
    what: 'self-training cannot be done in this way',
    got: `${classes} classes, ${rounds} rounds, fixed threshold ${fixed ?? 'none'}`,
    expected: 'at least two classes, one round, and a positive threshold',
    fix: 'correct the options',
  });
}
