import type { TargetDomain } from '@syn2real/core';
import { domainName, readSplit } from './split-list.js';

/**
 * VisDA-17's photographs as published, without their labels: they are dropped as the list is read, and only
 * {@link openOracle} can score against them. The list may have none.
 *
 * @throws UserError as {@link openVisda17Source}
 * @example
 * ```ts
 * const target = await openVisda17Target('/data/visda17', { split: 'validation' });
 * console.log(target.images.length); // 55388
 * ```
 */
export async function openVisda17Target(
  root: string,
  { split }: { split: 'validation' | 'test' },
): Promise<TargetDomain> {
  const list = await readSplit(root, split, 'optional', ({ path }) => path);
  return { kind: 'target', name: domainName(root, split), ...list };
}
