import { dataUri } from './folder/image-file.js';
import { html, type SafeHtml } from './html.js';
import type { ReportSection } from './sections.js';

/** One image of a contact sheet. */
export interface SheetImage {
  /** The bytes of a PNG or JPEG file. */
  data: Uint8Array;
  /** Shown below the image and read out in its place. */
  caption: string;
}

/** Images under one heading: the source's, the target's. */
export interface SheetGroup {
  title: string;
  images: readonly SheetImage[];
  /** Each image over the whole width (a sheet already composed), rather than as a thumbnail. Default false. */
  wide?: boolean;
}

/** Options of {@link contactSheetSection}. */
export interface ContactSheetOptions {
  /** Default "Source and target images". */
  title?: string;
  intro?: string;
  groups: readonly SheetGroup[];
}

/**
 * A section with example images of the source and the target, embedded as data URIs.
 *
 * @throws UserError for an image that is neither PNG nor JPEG
 *
 * @example
 * ```ts
 * const section = contactSheetSection({
 *   groups: [{ title: 'Source: printed', images: [{ data: await readFile('train/7/0.png'), caption: '7' }] }],
 * });
 * ```
 */
export function contactSheetSection({
  title = 'Source and target images',
  intro,
  groups,
}: ContactSheetOptions): ReportSection {
  const body = html`${intro !== undefined && html`<p>${intro}</p>`}${groups.map(
    (group) => html`<h3>${group.title}</h3>
<ul class="${group.wide ? 'sheet wide' : 'sheet'}">${group.images.map(sheetImage)}</ul>
`,
  )}`;
  return { title, body };
}

function sheetImage({ data, caption }: SheetImage): SafeHtml {
  const uri = dataUri(data, `the contact sheet's image "${caption}"`);
  return html`<li><img src="${uri}" alt="${caption}"><span aria-hidden="true">${caption}</span></li>`;
}
