import { html, type SafeHtml } from './html.js';
import type { RunRecord } from './run-record.js';

/** Every run with its command, configuration and fingerprint, folded. */
export function runDetails(runs: readonly RunRecord[]): SafeHtml {
  return html`<div class="runs">${runs.map(runEntry)}</div>`;
}

function runEntry(run: RunRecord): SafeHtml {
  const seed = run.seed === undefined ? '' : `, seed ${run.seed}`;
  return html`<details><summary>${run.label}${seed} <span class="muted">${run.name}</span></summary>
<dl>
<dt>Folder</dt><dd>${run.dir}</dd>
<dt>Method</dt><dd>${run.method}</dd>
<dt>Selection rule</dt><dd>${run.selection}</dd>
${run.final.epoch !== undefined && html`<dt>Reported epoch</dt><dd>${run.final.epoch}</dd>`}
${run.oracle?.bestEpoch !== undefined && html`<dt>Oracle’s best epoch</dt><dd>${run.oracle.bestEpoch}</dd>`}
<dt>Command</dt><dd>${run.command === undefined ? 'not recorded' : html`<pre>${run.command}</pre>`}</dd>
<dt>Fingerprint</dt><dd>${recorded(run.fingerprint)}</dd>
<dt>Configuration</dt><dd>${recorded(run.config)}</dd>
</dl></details>
`;
}

function recorded(value: unknown): SafeHtml {
  if (value === undefined || value === null) return html`not recorded`;
  return html`<pre>${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`;
}
