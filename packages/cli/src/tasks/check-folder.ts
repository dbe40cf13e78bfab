import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import { asJson, diffJson, type JsonValue } from '@syn2real/trainer';

/**
 * Makes sure that a run's folder is new or holds a run of this very recipe.
 *
 * @param recipe what would stand in its config.json
 * @returns whether there is a run
 * @throws UserError where it holds a run with other settings, such as another data folder; each is listed
 */
export function checkFolder(dir: string, recipe: object): boolean {
  const file = join(dir, 'config.json');
  if (!existsSync(file)) return false;
  const config: JsonValue = JSON.parse(readFileSync(file, 'utf8'));
  const different = diffJson(config, asJson(recipe));
  if (different.length === 0) return true;
  throw new UserError({
    what: `${dir} holds a run with other settings`,
    got: different.map(({ path, before }) => `${path} = ${JSON.stringify(before)}`).join(', '),
    expected: different.map(({ path, after }) => `${path} = ${JSON.stringify(after)}`).join(', '),
    fix: 'name another --out, or remove that folder',
  });
}
