import { UserError } from '@syn2real/core';

/**
 * The tables and figures that a command names: one of `names`, or `all`.
 *
 * @throws UserError where there is no such table or figure
 */
export function parseSuite<Name extends string>(what: string, names: readonly Name[]): Name | 'all' {
  const known = [...names, 'all'] as const;
  const found = known.find((name) => name === what);
  if (found !== undefined) return found;
  throw new UserError({ what: 'there is no such table or figure', got: what, expected: known.join(', ') });
}
