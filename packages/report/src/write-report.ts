import { UserError } from '@syn2real/core';
import type { Metric } from './accuracy-curves.js';
import { accuracyFigures } from './accuracy-section.js';
import { type HtmlPart, html, trustedHtml } from './html.js';
import { methodTable } from './method-table.js';
import { methodTableHtml } from './method-table-formats.js';
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

// No script runs and nothing is loaded from elsewhere, whatever a run folder's names hold.
const policy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * The report as one self-contained HTML page: the result in a sentence, the table, the figures, further sections, and
 * each run's command, configuration and fingerprint.
 *
 * The page needs no network and runs no script (its content security policy forbids both), follows the reader's light or
 * dark setting, and fits a phone. All text from run folders is escaped.
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
  if (runs.length === 0) {
    throw new UserError({
      what: 'the report has no runs',
      got: 'an empty list',
      expected: 'at least one finished run',
      fix: 'train first, or give the run folders',
    });
  }
  const table = methodTable(runs);
  const figures = accuracyFigures(runs, metrics);
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trustedHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trustedHtml(pageStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="result">${result ?? resultSentence(table)}</p>
${intro !== undefined && html`<div class="intro"><p>${intro}</p></div>`}
</header>
<main>
<section class="results" aria-label="Results by method">${methodTableHtml(table)}</section>
${figures && html`<section><h2>Accuracy per epoch</h2>${figures}</section>`}
${sections.map((section) => html`<section><h2>${section.title}</h2>${section.body}</section>\n`)}
<section><h2>Runs</h2>
<p class="muted">What each number depends on: the command, the configuration, and the fingerprint of data, weights, code and engine.</p>
${runDetails(runs)}</section>
</main>
<footer><p>Made by syn2real from ${runs.length} run ${runs.length === 1 ? 'folder' : 'folders'}${generatedAt && html`, <time datetime="${generatedAt.toISOString()}">${generatedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`}.</p></footer>
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
