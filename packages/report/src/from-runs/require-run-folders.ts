import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';

/** @throws UserError where a folder holds no run, with the runs inside it, where there are any, as the fix */
export function requireRunFolders(dirs: readonly string[]): void {
  for (const dir of dirs) {
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory() || isRun(dir) || begun(dir)) continue;
    const inside = runsInside(dir);
    throw new UserError({
      what: `${dir} is not a run folder`,
      got: inside.length === 0 ? contents(dir) : `a folder of ${inside.length} run folders`,
      expected: 'a folder with summary.json, which a run writes at its end',
      fix:
        inside.length === 0
          ? 'give the folder that the training wrote'
          : `give the runs inside it: ${inside.slice(0, 3).join(' ')}${inside.length > 3 ? ' …' : ''}`,
    });
  }
}

const isRun = (dir: string): boolean => existsSync(join(dir, 'summary.json'));
/** Reading it says that it is not finished. */
const begun = (dir: string): boolean =>
  existsSync(join(dir, 'log.jsonl')) || existsSync(join(dir, 'config.json'));

const runsInside = (dir: string): string[] =>
  [dir, join(dir, 'runs')].flatMap((parent) =>
    existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true })
          .filter((entry) => entry.isDirectory() && isRun(join(parent, entry.name)))
          .map((entry) => join(parent, entry.name))
      : [],
  );

function contents(dir: string): string {
  const names = readdirSync(dir).sort();
  return names.length === 0
    ? 'an empty folder'
    : `a folder with ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`;
}
