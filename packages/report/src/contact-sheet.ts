import { UserError } from '@syn2real/core';
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
  const uri = `data:${mediaType(data, caption)};base64,${Buffer.from(data).toString('base64')}`;
  return html`<li><img src="${uri}" alt="${caption}"><span aria-hidden="true">${caption}</span></li>`;
}

function mediaType(data: Uint8Array, caption: string): string {
  const starts = (bytes: readonly number[]) => bytes.every((byte, i) => data[i] === byte);
  if (starts([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
  if (starts([0xff, 0xd8, 0xff])) return 'image/jpeg';
  throw new UserError({
    what: `the contact sheet's image "${caption}" cannot be shown`,
    got: `${data.length} bytes that are neither PNG nor JPEG`,
    expected: 'the bytes of a PNG or JPEG file',
  });
}
