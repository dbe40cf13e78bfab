import type { RoundReport } from '@syn2real/self-training';

/** A round's line in the log: its label-free report, then what was measured after it, the oracle's apart. */
export function roundLine(report: RoundReport, measured: object): object {
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
    ...measured,
  };
}
