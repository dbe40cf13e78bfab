import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '@syn2real/core';
import { readLines } from '../list/lines.js';

/** Names that a label list can have in its folder, the first found is taken. */
export const LABEL_LISTS = ['LOC_val_solution.csv', 'val.txt', 'labels.txt'] as const;

/** Names that a list of all WordNet ids can have. */
export const SYNSET_LISTS = ['LOC_synset_mapping.txt', 'synsets.txt'] as const;

/** A WordNet id of a noun, as ImageNet names its classes. */
export const WORDNET_ID = /^n\d{8}$/;

/** A line of a label list that can be used. */
export interface LabelledName {
  readonly line: number;
  /** File name in the folder. */
  readonly name: string;
  /** WordNet id or class index. */
  readonly label: string;
}

/** A line that cannot. */
export interface BrokenLine {
  readonly line: number;
  readonly broken: string;
}

/**
 * The lines of a label list: a file name, then a WordNet id or a class index, apart by a space, tab or comma. What
 * follows is passed over (boxes in Kaggle's list), as is its header; a name without an ending is a `.JPEG`.
 */
export async function* readLabelList(list: string): AsyncGenerator<LabelledName | BrokenLine> {
  for await (const { number, text, problem } of readLines(list)) {
    if (number === 1 && text.startsWith('ImageId,')) continue;
    const [name, label] = text.trim().split(/[\s,]+/);
    if (
      problem !== undefined ||
      name === undefined ||
      label === undefined ||
      !isLabel(label) ||
      isPath(name)
    ) {
      yield { line: number, broken: problem ?? JSON.stringify(text.slice(0, 80)) };
      continue;
    }
    yield { line: number, name: extname(name) === '' ? `${name}.JPEG` : name, label };
  }
}

/** The classes' names in the order of their index: sorted WordNet ids, or the indices themselves. */
export async function classesOf(root: string, labels: Iterable<string>): Promise<string[]> {
  const named = [...new Set(labels)];
  const ids = named.filter((label) => WORDNET_ID.test(label));
  const listed = await synsetsIn(root);
  if (ids.length === 0) {
    const most = Math.max(-1, ...named.map(Number));
    return listed ?? Array.from({ length: most + 1 }, (_, index) => String(index));
  }
  if (ids.length < named.length) {
    throw new UserError({
      what: 'the label list has WordNet ids and class indices side by side',
      got: `${ids[0]} and ${named.find((label) => !WORDNET_ID.test(label))}`,
      expected: 'one or the other',
    });
  }
  return [...new Set([...(listed ?? []), ...ids])].sort();
}

async function synsetsIn(root: string): Promise<string[] | undefined> {
  const files = await readdir(root);
  const list = SYNSET_LISTS.find((name) => files.includes(name));
  if (list === undefined) return undefined;
  const ids: string[] = [];
  for await (const { text } of readLines(join(root, list))) ids.push(text.trim().split(/\s+/)[0]!);
  return ids.filter((id) => WORDNET_ID.test(id)).sort();
}

const isLabel = (text: string): boolean => WORDNET_ID.test(text) || /^\d{1,6}$/.test(text);
const isPath = (name: string): boolean => /[/\\]/.test(name) || name.startsWith('.');
