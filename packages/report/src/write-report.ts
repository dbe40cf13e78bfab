import { UserError } from '@syn2real/core';
import type { Metric } from './accuracy-curves.js';
import { accuracyFigures } from './accuracy-section.js';
import { type HtmlPart, html, trustedHtml } from './html.js';
import { methodTable } from './method-table.js';
import { methodTableHtml } from './method-table-formats.js';
import { pageScript, pageScriptHash } from './page-script.js';
import { pageStyle } from './page-style.js';
import { resultSentence } from './result-sentence.js';
import { runDetails } from './run-details.js';
import type { RunRecord } from './run-record.js';
import type { ReportSection } from './sections.js';
import { writeAtomic } from './write-atomic.js';

/** What goes into a report. */
export interface ReportOptions {
  title: string;
  /** The result in one sentence. Default: made from the table. */
  result?: HtmlPart;
  /** What was compared, on which data. */
  intro?: HtmlPart;
  /** From {@link readRuns}. */
  runs: readonly RunRecord[];
  /** The accuracy figures; those that no run recorded are left out. Default target and retention. */
  metrics?: readonly Metric[];
  /** Further parts, after the figures. */
  sections?: readonly ReportSection[];
  /** Printed in the footer where given; the same runs give the same bytes otherwise. */
  generatedAt?: Date;
}

// Nothing is loaded from elsewhere and no script runs but the page's own, whatever a run folder's names hold.
const policy = (interactive: boolean): string =>
  `default-src 'none'; img-src data:; style-src 'unsafe-inline'; ${interactive ? `script-src ${pageScriptHash}; ` : ''}base-uri 'none'; form-action 'none'`;

/**
 * The report as one self-contained HTML page: the result in a sentence, the table, the figures, further sections, and
 * each run's command, configuration and fingerprint.
 *
 * The page needs no network, runs no script but its own for embeddings, where it has any (its content security policy
 * forbids all else), follows the reader's light or dark setting, and fits a phone. All text from run folders is escaped.
 *
 * @throws UserError where there are no runs
 *
 * @example
 * ```ts
 * const page = reportHtml({ title: 'Printed to handwritten', runs: readRuns(dirs) });
 * ```
 */
export function reportHtml({
  title,
  result,
  intro,
  runs,
  metrics = ['target', 'retention'],
  sections = [],
  generatedAt,
}: ReportOptions): string {
  if (runs.length === 0 && sections.length === 0) {
    throw new UserError({
      what: 'the report has no runs',
      got: 'an empty list',
      expected: 'at least one finished run',
      fix: 'train first, or give the run folders',
    });
  }
  const interactive = sections.some((section) => section.interactive);
  const tasks = byTask(runs).map((own) => ({
    name: own[0]?.task === 'segmentation' ? 'Segmentation' : 'Classification',
    table: methodTable(own),
    figures: accuracyFigures(own, metrics),
  }));
  const named = tasks.length > 1;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trustedHtml(policy(interactive))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trustedHtml(pageStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${(result !== undefined || tasks.length > 0) && html`<p class="result">${result ?? tasks.map(({ table }) => resultSentence(table)).join(' ')}</p>`}
${intro !== undefined && html`<div class="intro"><p>${intro}</p></div>`}
</header>
<main>
${tasks.map(
  ({ name, table, figures }) =>
    html`<section class="results" aria-label="Results by method">${named && html`<h2>${name}</h2>`}${methodTableHtml(table)}</section>
${figures && html`<section><h2>${named && `${name}: `}${named ? 'accuracy' : 'Accuracy'} per epoch</h2>${figures}</section>`}
`,
)}${sections.map((section) => html`<section><h2>${section.title}</h2>${section.body}</section>\n`)}
${
  runs.length > 0 &&
  html`<section><h2>Runs</h2>
<p class="muted">What each number depends on: the command, the configuration, and the fingerprint of data, weights, code and engine.</p>
${runDetails(runs)}</section>`
}
</main>
<footer><p>Made by syn2real from ${runs.length === 0 ? '' : `${runs.length} `}run ${runs.length === 1 ? 'folder' : 'folders'}${generatedAt && html`, <time datetime="${generatedAt.toISOString()}">${generatedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`}.</p></footer>${
    interactive &&
    html`
<script>${trustedHtml(pageScript)}</script>`
  }
</body>
</html>
`;
  return markup;
}

/**
 * Writes {@link reportHtml}'s page: beside and renamed, so that the file is whole or as it was before.
 *
 * @param file - path of the page; its folder is made where missing
 * @throws UserError where the file cannot be written
 *
 * @example
 * ```ts
 * writeReport('report.html', { title: 'Printed to handwritten', intro: 'Five seeds.', runs: readRuns(dirs) });
 * ```
 */
export function writeReport(file: string, options: ReportOptions): void {
  writeAtomic(file, reportHtml(options));
}

/** Runs of the same task together, each list in its order. */
export function byTask(runs: readonly RunRecord[]): RunRecord[][] {
  const dense = (run: RunRecord): boolean => run.task === 'segmentation';
  return [runs.filter((run) => !dense(run)), runs.filter(dense)].filter((own) => own.length > 0);
}
