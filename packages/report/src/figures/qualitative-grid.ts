import { UserError } from '@syn2real/core';
import { displayText } from '../display-text.js';
import { dataUri, imageFacts } from '../folder/image-file.js';
import type { LegendEntry } from '../folder/samples.js';
import { html, type SafeHtml } from '../html.js';
import { svgToPng } from '../svg-to-png.js';
import { cutText, FONT, label, px, textWidth } from './svg-figure.js';

/** A cell of a grid: an image, a text, or both. */
export interface GridCell {
  /** The bytes of a PNG or JPEG file. */
  data?: Uint8Array;
  /** Below the image, or in its place. */
  caption?: string;
}

/** A row of a grid: one example. */
export interface GridRow {
  /** Read out in place of its images. */
  id: string;
  /** One a column; undefined where a method has none. */
  cells: readonly (GridCell | undefined)[];
}

/** Examples by row, what is shown of each by column: image, truth, one a method. */
export interface QualitativeGrid {
  columns: readonly string[];
  rows: readonly GridRow[];
  /** The classes' colours in the images. */
  legend?: readonly LegendEntry[];
}

/**
 * A grid of examples for a report, its images embedded; it scrolls sideways in a box of its own where the page is narrow.
 *
 * @throws UserError for an image that is neither PNG nor JPEG, or a row that does not fit the columns
 *
 * @example
 * ```ts
 * const body = qualitativeGridHtml({ columns: ['Image', 'ASG'], rows: [{ id: '1', cells: [{ data: png }, { caption: 'car' }] }] });
 * ```
 */
export function qualitativeGridHtml(grid: QualitativeGrid): SafeHtml {
  requireGrid(grid);
  const { columns, rows, legend = [] } = grid;
  return html`<figure class="grid"><div class="scroll" role="region" tabindex="0" aria-label="Examples"><table><thead><tr>${columns.map(
    (title) => html`<th scope="col">${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ({ id, cells }) => html`<tr>${cells.map((cell, i) => gridCell(cell, `${columns[i]}: ${id}`))}</tr>
`,
  )}</tbody></table></div>${
    legend.length > 0 &&
    html`<figcaption class="colours">${legend.map(
      ({ name, color }) =>
        html`<span><svg width="11" height="11" aria-hidden="true"><rect width="11" height="11" rx="2" fill="${color}" stroke="currentColor" stroke-opacity="0.3"/></svg>${name}</span> `,
    )}</figcaption>`
  }</figure>`;
}

function gridCell(cell: GridCell | undefined, name: string): SafeHtml {
  if (cell === undefined) return html`<td>—</td>`;
  const { data, caption } = cell;
  const facts = data && imageFacts(data, name);
  return html`<td>${
    data &&
    html`<img src="${dataUri(data, name)}" alt="${name}" width="${facts?.width}" height="${facts?.height}">`
  }${caption !== undefined && html`<span>${caption}</span>`}</td>`;
}

/** Options of {@link qualitativeGridPng}. */
export interface QualitativeGridPngOptions {
  /** Width of a cell in pixels; images keep their proportions. Default 256. */
  cellWidth?: number;
  /** Pixels for one CSS pixel. Default 1. */
  scale?: number;
  /** Default "white". */
  background?: string;
}

/**
 * The same grid as one PNG file, for a README.
 *
 * @throws UserError for an image that is neither PNG nor JPEG, or a row that does not fit the columns
 *
 * @example
 * ```ts
 * await writeFile('examples.png', qualitativeGridPng(grid, { cellWidth: 320 }));
 * ```
 */
export function qualitativeGridPng(
  grid: QualitativeGrid,
  { cellWidth = 256, scale = 1, background = 'white' }: QualitativeGridPngOptions = {},
): Buffer {
  requireGrid(grid);
  const { columns, rows, legend = [] } = grid;
  const gap = 6;
  const head = Math.round(FONT * 2);
  const line = Math.round(FONT * 1.5);
  const width = columns.length * (cellWidth + gap) - gap;
  const left = (column: number): number => column * (cellWidth + gap);
  const titles = columns.map((title, i) =>
    label(cutText(displayText(title), cellWidth), {
      x: left(i) + cellWidth / 2,
      y: head / 2,
      anchor: 'middle',
      weight: 600,
    }),
  );
  let y = head;
  const drawn = rows.map(({ id, cells }) => {
    const sized = cells.map((cell, i) => {
      const facts = cell?.data && imageFacts(cell.data, `${columns[i]}: ${id}`);
      return { cell, height: facts === undefined ? 0 : (cellWidth * facts.height) / facts.width };
    });
    const image = Math.max(line, ...sized.map(({ height }) => height));
    const captions = cells.some((cell) => cell?.caption !== undefined) ? line : 0;
    const top = y;
    y += image + captions + gap;
    return sized.map(({ cell, height }, i) => {
      const caption = cell?.caption ?? (cell?.data === undefined ? '—' : undefined);
      const below = cell?.data === undefined ? top + image / 2 : top + height + line / 2;
      return html`${
        cell?.data &&
        html`<image x="${left(i)}" y="${px(top)}" width="${cellWidth}" height="${px(height)}" xlink:href="${dataUri(cell.data, id)}"/>`
      }${
        caption !== undefined &&
        label(cutText(displayText(caption), cellWidth), {
          x: left(i) + cellWidth / 2,
          y: below,
          anchor: 'middle',
        })
      }`;
    });
  });
  const keys = legendRows(legend, width, y + line / 2, line);
  const height = keys.bottom;
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${px(height)}" viewBox="0 0 ${width} ${px(height)}" font-family="Open Sans" font-size="${FONT}">${titles}${drawn}${keys.body}</svg>`;
  return svgToPng(svg.markup, { scale, background, padding: 8 });
}

function legendRows(
  legend: readonly LegendEntry[],
  width: number,
  top: number,
  line: number,
): { body: SafeHtml[]; bottom: number } {
  let [x, y] = [0, top];
  const body = legend.map(({ name, color }) => {
    const text = displayText(name);
    const needed = textWidth(text) + 30;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += line;
    }
    const key = html`<rect x="${px(x)}" y="${px(y - 5)}" width="11" height="11" fill="${color}" stroke="#000" stroke-opacity="0.3"/>${label(text, { x: x + 17, y })}`;
    x += needed;
    return key;
  });
  return { body, bottom: legend.length === 0 ? top - line / 2 : y + line };
}

function requireGrid({ columns, rows }: QualitativeGrid): void {
  const wrong = rows.find(({ cells }) => cells.length !== columns.length);
  if (columns.length > 0 && rows.length > 0 && wrong === undefined) return;
  throw new UserError({
    what: 'the grid of examples cannot be drawn',
    got:
      wrong === undefined
        ? `${rows.length} rows, ${columns.length} columns`
        : `${wrong.cells.length} cells in the row ${wrong.id}, ${columns.length} columns`,
    expected: 'at least one row and one column, a cell a column in each row',
  });
}
