import { displayText } from './display-text.js';
import { type HtmlPart, html, type SafeHtml } from './html.js';

/** A column of a {@link TextTable}. */
export interface Column {
  title: string;
  /** The heading's second line: what the number is. */
  detail?: string;
  align?: 'left' | 'right';
  /** Set apart from the columns before it: its numbers are of another kind. HTML only. */
  apart?: boolean;
}

/** A table of finished strings, to be laid out in any format. */
export interface TextTable {
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
}

/** A cell: its text, whether it stands out, and what goes before the text in HTML. */
export interface Cell {
  text: string;
  strong?: boolean;
  before?: SafeHtml;
}

/**
 * The table in Markdown; every text is escaped.
 *
 * @example
 * ```ts
 * markdownTable({ columns: [{ title: 'Method' }], rows: [[{ text: 'ASG', strong: true }]] });
 * ```
 */
export function markdownTable({ columns, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = columns.map((c) =>
    escapeMarkdown(c.detail === undefined ? c.title : `${c.title} (${c.detail})`),
  );
  const rule = columns.map((c) => (c.align === 'right' ? '---:' : ':---'));
  const body = rows.map((row) => line(row.map((cell) => strongMarkdown(cell))));
  return `${[line(head), line(rule), ...body].join('\n')}\n`;
}

const escapeMarkdown = (text: string): string =>
  displayText(text)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');

const strongMarkdown = ({ text, strong }: Cell): string =>
  strong ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text);

/**
 * The table for a terminal: columns aligned by spaces, two heading lines, no escape codes.
 *
 * @example
 * ```ts
 * process.stdout.write(alignedTable({ columns: [{ title: 'Method' }], rows: [[{ text: 'ASG' }]] }));
 * ```
 */
export function alignedTable({ columns, rows }: TextTable): string {
  const details = columns.some((c) => c.detail !== undefined);
  const lines = [
    columns.map((c) => c.title),
    ...(details ? [columns.map((c) => c.detail ?? '')] : []),
    ...rows.map((row) => row.map((cell) => cell.text)),
  ].map((cells) => cells.map((cell) => displayText(cell)));
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => lengthOf(cells[i] ?? ''))));
  const layOut = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) => {
        const text = cells[i] ?? '';
        const space = ' '.repeat((widths[i] ?? 0) - lengthOf(text));
        return align === 'right' ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, w) => sum + w, 0) + 2 * (columns.length - 1));
  const headings = details ? 2 : 1;
  return `${[...lines.slice(0, headings).map(layOut), rule, ...lines.slice(headings).map(layOut)].join('\n')}\n`;
}

const lengthOf = (text: string): number => [...text].length;

/**
 * Values as CSV (RFC 4180). A text that a spreadsheet would run as a formula gets a leading apostrophe.
 *
 * @example
 * ```ts
 * csv([['method', 'target'], ['ASG', 0.611]]); // "method,target\r\nASG,0.611\r\n"
 * ```
 */
export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = displayText(value).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The table in HTML, in a box of its own that scrolls sideways where the page is narrow.
 *
 * @param caption - the box's name for screen readers
 * @param note - text below the table
 *
 * @example
 * ```ts
 * htmlTable({ columns: [{ title: 'Method' }], rows: [[{ text: 'ASG' }]] }, 'Results').markup;
 * ```
 */
export function htmlTable({ columns, rows }: TextTable, caption: string, note?: HtmlPart): SafeHtml {
  const look = (i: number) => `${columns[i]?.align ?? 'left'}${columns[i]?.apart ? ' apart' : ''}`;
  return html`<figure class="table">
<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<thead><tr>${columns.map(
    (c, i) =>
      html`<th scope="col" class="${look(i)}">${c.title}${c.detail !== undefined && html`<small>${c.detail}</small>`}</th>`,
  )}</tr></thead>
<tbody>
${rows.map(
  (row) => html`<tr>${row.map((cell, i) => {
    const text = cell.strong ? html`<strong>${cell.text}</strong>` : cell.text;
    return i === 0
      ? html`<th scope="row" class="${look(i)}">${cell.before}${text}</th>`
      : html`<td class="${look(i)}">${cell.before}${text}</td>`;
  })}</tr>
`,
)}</tbody></table></div>
${note !== undefined && html`<figcaption>${note}</figcaption>`}
</figure>`;
}
