/** An image of a list. */
export interface ListEntry {
  readonly path: string;
  /** Null where the line has none. */
  readonly label: number | null;
}

/** Why a line of a list cannot be used. */
export interface ListProblem {
  readonly kind: 'broken' | 'label' | 'path';
  readonly message: string;
}

/**
 * A line `"relative/path label"`; the label is the last word, so that paths may hold spaces.
 *
 * @param classes labels are 0…classes−1
 * @param labels `required`: a line without one is broken; `optional`: it may be left out
 */
export function parseListLine(
  text: string,
  { classes, labels }: { classes: number; labels: 'required' | 'optional' },
): ListEntry | ListProblem {
  const gap = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
  const word = gap < 0 ? undefined : text.slice(gap + 1);
  const isLabel = word !== undefined && /^[+-]?\d+$/.test(word);
  if (!isLabel) {
    if (labels === 'optional') return checkPath(text) ?? { path: text, label: null };
    const found = word === undefined ? 'it has no label' : `its label is "${clip(word)}"`;
    return { kind: 'broken', message: `is not "relative/path label": ${found}` };
  }
  const label = Number(word);
  if (label < 0 || label >= classes) {
    return { kind: 'label', message: `has the label ${word}, outside 0…${classes - 1}` };
  }
  const path = text.slice(0, gap).trimEnd();
  return checkPath(path) ?? { path, label };
}

/** Whether a parsed line is a problem. */
export function isListProblem<Parsed extends object>(parsed: Parsed | ListProblem): parsed is ListProblem {
  return 'kind' in parsed && 'message' in parsed;
}

/** Why a path of a list cannot be used. */
export function checkPath(path: string): ListProblem | undefined {
  const parts = path.split(/[/\\]/);
  if (/^([/\\]|[A-Za-z]:)/.test(path) || parts.includes('..')) {
    return { kind: 'path', message: `names a file outside the data folder: "${clip(path)}"` };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a path
  if (/[\u0000-\u001f\u007f]/.test(path))
    return { kind: 'path', message: 'has control characters in its path' };
  return undefined;
}

/** A text cut to what a message holds. */
export function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
