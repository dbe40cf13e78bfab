import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { CITYSCAPES_LABELS } from './cityscapes-labels.js';
import { IGNORED, type LabelClass, type LabelTable, UNKNOWN } from './label-table.js';

/** File in a data folder that holds its own label table. */
export const LABEL_TABLE_FILE = 'labels.json';

/**
 * The label table of a data folder: its `labels.json`, or without one `fallback`.
 *
 * @param fallback default {@link CITYSCAPES_LABELS}
 * @throws UserError as {@link parseLabelTable}
 * @example
 * ```ts
 * const table = await readLabelTable('/data/cityscapes');
 * console.log(classNames(table)); // road, sidewalk, …
 * ```
 */
export async function readLabelTable(
  root: string,
  fallback: LabelTable = CITYSCAPES_LABELS,
): Promise<LabelTable> {
  const file = join(root, LABEL_TABLE_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return fallback;
    throw error;
  }
  return parseLabelTable(text, file);
}

/** A table as the text of a `labels.json`, a label a line. */
export function formatLabelTable(table: LabelTable): string {
  const lines = table.map(({ id, trainId, name, color }) => JSON.stringify({ id, trainId, name, color }));
  return `[\n  ${lines.join(',\n  ')}\n]\n`;
}

/**
 * A label table from JSON: a list of `{"id", "trainId", "name", "color"}`.
 *
 * @param where the file's name, for messages
 * @throws UserError that names all faults: an id twice or outside −1…253, a train id outside 0…253 and 255, a gap in
 * the train ids, fewer than two classes, a name or colour that is none
 */
export function parseLabelTable(text: string, where = LABEL_TABLE_FILE): LabelTable {
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (cause) {
    throw unusable(where, [cause instanceof Error ? cause.message : String(cause)], cause);
  }
  if (!Array.isArray(entries)) throw unusable(where, ['it is not a list']);
  const table: LabelClass[] = [];
  const faults: string[] = [];
  for (const [i, entry] of entries.entries()) {
    const label = labelOf(entry);
    if (typeof label === 'string') faults.push(`entry ${i + 1}: ${label}`);
    else table.push(label);
  }
  if (faults.length === 0) faults.push(...faultsOf(table));
  if (faults.length > 0) throw unusable(where, faults);
  return table;
}

function labelOf(entry: unknown): LabelClass | string {
  if (typeof entry !== 'object' || entry === null) return 'it is not an object';
  const { id, trainId, name, color } = entry as Record<string, unknown>;
  if (!isInteger(id, -1, UNKNOWN - 1)) return `its id is ${JSON.stringify(id)}, not an integer in -1…253`;
  if (!isInteger(trainId, 0, UNKNOWN - 1) && trainId !== IGNORED) {
    return `its trainId is ${JSON.stringify(trainId)}, neither an integer in 0…253 nor 255`;
  }
  if (typeof name !== 'string' || name.trim() === '') return `its name is ${JSON.stringify(name)}`;
  if (!isColor(color)) return `its color is ${JSON.stringify(color)}, not three integers in 0…255`;
  return { id, trainId: Number(trainId), name, color: [color[0], color[1], color[2]] };
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isColor(value: unknown): value is [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every((part) => isInteger(part, 0, 255));
}

function faultsOf(table: LabelTable): string[] {
  const ids = table.map(({ id }) => id).filter((id) => id >= 0);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  const trainIds = new Set(table.map(({ trainId }) => trainId).filter((trainId) => trainId !== IGNORED));
  const missing = Array.from({ length: trainIds.size }, (_, c) => c).filter((c) => !trainIds.has(c));
  return [
    ...twice.map((id) => `the id ${id} stands there twice`),
    ...missing.map((c) => `no label has the trainId ${c}, though there are ${trainIds.size} classes`),
    ...(trainIds.size < 2 ? [`it has ${trainIds.size} classes with a trainId`] : []),
  ];
}

function unusable(where: string, faults: readonly string[], cause?: unknown): UserError {
  return new UserError({
    what: `the label table ${where} cannot be used`,
    got: faults.join('; '),
    expected:
      '[{"id": 7, "trainId": 0, "name": "road", "color": [128, 64, 128]}, …], trainIds 0…K-1 without gaps, 255 for labels that count for nothing',
    fix: 'correct the file, or remove it to use the table of Cityscapes',
    cause,
  });
}
