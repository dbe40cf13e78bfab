import { availableParallelism } from 'node:os';
import { embed } from '../embedding/embed.js';
import { type EmbeddingPanel, embeddingSection } from '../figures/embedding-section.js';
import { type RunFeatures, readFeatures } from '../folder/features.js';
import { seriesLabels } from '../method-table.js';
import type { RunRecord } from '../run-record.js';
import type { ReportSection } from '../sections.js';

/** Points a panel at most: more take long to lay out and hide each other. */
const MOST_POINTS = 2000;

/** The features of each method's first run that stored any, laid out in the plane; one section for each list of classes. */
export async function embeddingSections(
  runs: readonly RunRecord[],
  method: 'tsne' | 'umap',
  seed = 0,
): Promise<ReportSection[]> {
  const stored: { run: RunRecord; features: RunFeatures }[] = [];
  for (const label of seriesLabels(runs)) {
    for (const run of runs.filter((one) => one.label === label)) {
      const features = await readFeatures(run.dir);
      if (features === undefined) continue;
      stored.push({ run, features: evenSubset(features, MOST_POINTS) });
      break;
    }
  }
  const points: Float32Array[] = [];
  const threads = Math.max(1, Math.min(availableParallelism(), 4));
  for (let at = 0; at < stored.length; at += threads) {
    const some = stored.slice(at, at + threads);
    points.push(...(await Promise.all(some.map(({ features }) => embed(features, { method, seed })))));
  }
  const groups = new Map<string, { classes: readonly string[]; panels: EmbeddingPanel[] }>();
  stored.forEach(({ run, features }, i) => {
    const classes = run.classes ?? numbered(features.labels);
    const key = JSON.stringify(classes);
    const group = groups.get(key) ?? { classes, panels: [] };
    group.panels.push({ title: run.label, points: points[i]!, labels: features.labels });
    groups.set(key, group);
  });
  return [...groups.values()].map(({ classes, panels }) =>
    embeddingSection(panels, {
      classes,
      title: `Features of the target by ${method === 'tsne' ? 't-SNE' : 'UMAP'}`,
    }),
  );
}

const numbered = (labels: Int32Array): string[] =>
  Array.from({ length: labels.reduce((most, l) => (l === 255 ? most : Math.max(most, l)), -1) + 1 }, (_, i) =>
    String(i),
  );

/** Rows at even distances. */
function evenSubset(features: RunFeatures, most: number): RunFeatures {
  const { values, count, dimensions, labels } = features;
  if (count <= most) return features;
  const rows = Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
  const subset = new Float32Array(most * dimensions);
  rows.forEach((row, i) => {
    subset.set(values.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
  });
  return { values: subset, count: most, dimensions, labels: Int32Array.from(rows, (row) => labels[row]!) };
}
