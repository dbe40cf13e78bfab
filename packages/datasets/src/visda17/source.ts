import type { SourceDomain } from '@syn2real/core';
import { domainName, readSplit } from './split-list.js';

/**
 * VisDA-17's renders as published: `root/train/image_list.txt` and the images it names.
 *
 * Class names are VisDA-17's twelve, or the lines of `root/classes.txt` where that file exists. The list is read
 * piece by piece, and every file is known to be there when this returns; none is opened.
 *
 * @throws UserError for a missing folder, an empty list, a line that cannot be used (by its number), a missing image
 * @example
 * ```ts
 * const source = await openVisda17Source('/data/visda17');
 * console.log(source.images.length, source.classes[source.labels[0]!]); // 152397 aeroplane
 * ```
 * @see Peng et al., VisDA: The Visual Domain Adaptation Challenge, https://arxiv.org/abs/1710.06924
 */
export async function openVisda17Source(
  root: string,
  { split = 'train' }: { split?: 'train' } = {},
): Promise<SourceDomain> {
  const labels: number[] = [];
  const list = await readSplit(
    root,
    split,
    'required',
    ({ path, label }) => `${path} ${label}`,
    ({ label }) => labels.push(label!),
  );
  return { kind: 'source', name: domainName(root, split), ...list, labels: Int32Array.from(labels) };
}
