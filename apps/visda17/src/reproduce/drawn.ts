import type { SafeHtml } from '@syn2real/report';

/** A figure, to be written as SVG and PNG and to stand in the report. */
export interface Drawn {
  /** Name of its files. */
  readonly name: string;
  readonly svg: string;
  readonly body: SafeHtml;
}
