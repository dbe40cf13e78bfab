import type { RoundReport } from '@syn2real/self-training';
import type { Measured } from './records.js';

/** A round's line in the log: its label-free report, what was measured after it, and the oracle's apart. */
export function roundLine(report: RoundReport, { source, target, retention, oracle }: Measured): object {
  return {
    round: report.round + 1,
    portion: report.portion,
    sourceShare: report.sourceShare,
    thresholds: report.lambda,
    selected: report.selected,
    selectedPerClass: report.selectedByClass,
    distribution: report.labelDistribution,
    predicted: report.predictedDistribution,
    agreement: report.agreement,
    entropy: report.entropy,
    confidence: report.confidence,
    source,
    ...(retention === undefined ? {} : { retention }),
    ...(target === undefined ? {} : { target }),
    ...(oracle === undefined ? {} : { oracle }),
  };
}
