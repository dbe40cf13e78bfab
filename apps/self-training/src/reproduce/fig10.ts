import type { ReportSection } from '@syn2real/report';

/** Figure 10. */
export async function drawFig10(
  _out: string,
  _runs: readonly { label: string; dir: string }[],
): Promise<ReportSection[]> {
  return [];
}
