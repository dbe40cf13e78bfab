import { join } from 'node:path';
import type { RowRuns } from './run-stages.js';
import { SEGMENTATION_STARTS, type SegmentationOptions } from './segmentation.js';
import { writeAdaptationReport } from './write-results.js';
import { type AdaptationText, writeTable } from './write-table.js';

const TABLE: AdaptationText = {
  name: 'self-training-segmentation',
  title: 'Self-training of segmentation',
  words: { target: 'mean IoU' },
  notes: [
    'Not in the paper. Mean (sample standard deviation) over seeds; gains are paired by seed, with their 95 % Student interval.',
    'The starts are Table 3’s large rate, with proxy guidance and without. The target’s images are trained on without labels; their labels are read for measuring only.',
    'What is right of the labelled pixels, and the oracle’s column (the round that is best by the target’s labels), are read apart: bounds, not results.',
  ],
  starts: SEGMENTATION_STARTS,
};

/** Writes table and report into `--out`, and prints the table. */
export async function writeSegmentation(
  { out, seeds }: SegmentationOptions,
  rows: readonly RowRuns[],
): Promise<void> {
  const { sections } = await writeTable(out, TABLE, rows, seeds);
  const title = 'Scenes of printed to scenes of handwritten digits: self-training on unlabelled scenes';
  writeAdaptationReport(join(out, `${TABLE.name}.html`), title, rows, sections);
}
