import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDrawn } from '@syn2real/cli';
import {
  embed,
  embeddingSection,
  type ReportSection,
  readFeatures,
  readRuns,
  scatterFigure,
  tiledFigure,
} from '@syn2real/report';

/** A model of the figure: a run's folder, with its features. */
export interface Shown {
  readonly label: string;
  readonly dir: string;
}

/** How points are put into the plane. */
export type Embedding = 'tsne' | 'umap';

const TITLE = 'Figure 10: features of the target';

/**
 * Embeds each run's features and draws them, classes coloured: SVG and PNG of all models, `fig10` in `--out`, and of each in
 * the folder of that name; and a section of the report.
 */
export async function drawFig10(
  out: string,
  runs: readonly Shown[],
  method: Embedding,
): Promise<ReportSection[]> {
  const folder = join(out, 'fig10');
  await mkdir(folder, { recursive: true });
  // each embedding has a thread of its own
  const drawn = await Promise.all(
    runs.map(async ({ label, dir }) => {
      const features = await readFeatures(dir);
      if (features === undefined) return [];
      return [{ label, dir, labels: features.labels, points: await embed(features, { method }) }];
    }),
  );
  const classes =
    drawn
      .flat()
      .map(({ dir }) => readRuns([dir])[0]?.classes ?? [])
      .at(-1) ?? [];
  const panels = drawn.flat().map(({ label, labels, points }) => ({ title: label, points, labels }));
  if (panels.length === 0) return [];
  const figures = panels.map(({ title, points, labels }) => ({
    name: title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/-$/, ''),
    svg: scatterFigure(points, { labels, classes, title }),
  }));
  await writeDrawn(folder, figures);
  await writeDrawn(out, [{ name: 'fig10', svg: tiledFigure(figures.map(({ svg }) => svg)) }]);
  return [embeddingSection(panels, { classes, title: TITLE })];
}
