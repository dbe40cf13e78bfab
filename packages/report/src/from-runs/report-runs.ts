import { join } from 'node:path';
import { z } from 'zod';
import type { HtmlPart } from '../html.js';
import { readOptionalJson } from '../read-json.js';
import { readRuns } from '../read-runs.js';

import type { ReportSection } from '../sections.js';
import { writeAtomic } from '../write-atomic.js';
import { byTask, reportHtml } from '../write-report.js';
import { actionsSection } from './actions-section.js';
import { confusionSection, perClassSection } from './class-sections.js';
import { embeddingSections } from './embedding-sections.js';
import { examplesSection } from './examples-section.js';
import { forgettingSection } from './forgetting-section.js';
import { requireRunFolders } from './require-run-folders.js';
import { roundsSection } from './rounds-section.js';

/** Options of {@link reportRuns}. */
export interface ReportRunsOptions {
  /** Path of the page. */
  out: string;
  /** Default "Report". */
  title?: string;
  /** What was compared, on which data. */
  intro?: HtmlPart;
  /** How stored features are laid out in the plane, if at all. Default "tsne". */
  embedding?: 'tsne' | 'umap' | 'none';
  /** Most rows of the grid of examples. Default 8. */
  samples?: number;
  /** Printed in the footer where given; the same folders give the same bytes otherwise. */
  generatedAt?: Date;
}

const policySummary = z.looseObject({ kind: z.literal('policy') });

/**
 * Writes one self-contained HTML page from run folders alone, of any app: the table, accuracy or mIoU and retention by epoch,
 * rounds of self-training, actions, what is forgotten, recall or IoU by class, confusion matrices, examples, embeddings of
 * features; each where the runs have what it needs.
 *
 * @param dirs - folders of finished runs and of policies' trainings, in any mix
 * @throws UserError for a folder that holds no run, or a file that is damaged, by name
 *
 * @example
 * ```ts
 * await reportRuns(['runs/naive-0', 'runs/asg-0'], { out: 'report.html', title: 'Printed to handwritten' });
 * ```
 */
export async function reportRuns(dirs: readonly string[], options: ReportRunsOptions): Promise<void> {
  const { out, title = 'Report', intro, embedding = 'tsne', samples, generatedAt } = options;
  requireRunFolders(dirs);
  const policies = dirs.filter(
    (dir) => policySummary.safeParse(readOptionalJson(join(dir, 'summary.json'))).success,
  );
  const runs = readRuns(dirs.filter((dir) => !policies.includes(dir)));
  const tasks = byTask(runs);
  const sections: ReportSection[] = [];
  for (const own of tasks) {
    const made = [
      roundsSection(own),
      forgettingSection(own),
      perClassSection(own),
      confusionSection(own),
      examplesSection(own, samples),
      ...(embedding === 'none' ? [] : await embeddingSections(own, embedding)),
    ];
    const task = tasks.length > 1 ? ` (${own[0]?.task ?? 'classification'})` : '';
    for (const section of made) {
      if (section !== undefined) sections.push({ ...section, title: `${section.title}${task}` });
    }
  }
  const actions = actionsSection(policies, runs);
  if (actions !== undefined) sections.unshift(actions);
  writeAtomic(out, reportHtml({ title, intro, runs, sections, generatedAt }));
}
