import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  embed,
  embeddingSection,
  type ReportSection,
  readFeatures,
  readRuns,
  scatterFigure,
  svgToPng,
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
  const panels = [];
  const figures: string[] = [];
  for (const { label, labels, points } of drawn.flat()) {
    const svg = scatterFigure(points, { labels, classes, title: label });
    const name = label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/-$/, '');
    await writeFigure(join(folder, name), svg);
    panels.push({ title: label, points, labels });
    figures.push(svg);
  }
  if (panels.length === 0) return [];
  await writeFigure(folder, tiledFigure(figures));
  return [embeddingSection(panels, { classes, title: TITLE })];
}

async function writeFigure(path: string, svg: string): Promise<void> {
  await writeFile(`${path}.svg`, svg);
  await writeFile(`${path}.png`, svgToPng(svg));
}
