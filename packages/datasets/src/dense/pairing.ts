import { type ImageRef, UserError } from '@syn2real/core';
import { findMissing } from '../list/find-missing.js';

/** A file left out, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** What to do with an image without a label, and the reverse. */
export interface PairingOptions {
  /** Leave such files out instead of stopping. Default false. */
  skipUnreadable?: boolean;
  /** Called for each file left out. */
  onSkip?: (skipped: SkippedFile) => void;
}

/** An image and its label image. */
export interface Pair {
  readonly image: ImageRef;
  readonly label: ImageRef;
}

/** Files of which the other half is missing. */
export interface Unpaired {
  /** Images whose label is not there. */
  readonly images: readonly Pair[];
  /** Labels whose image is not there. */
  readonly labels: readonly Pair[];
}

/** The pairs of which either file is not there. A pair without both stands in both lists. */
export async function findUnpaired(pairs: readonly Pair[]): Promise<Unpaired> {
  const noImage = new Set(await findMissing(pairs.map(({ image }) => image)));
  const noLabel = new Set(await findMissing(pairs.map(({ label }) => label)));
  return {
    images: pairs.filter(({ label }) => noLabel.has(label)),
    labels: pairs.filter(({ image }) => noImage.has(image)),
  };
}

/**
 * The pairs whose two files are there.
 *
 * @param archives what to extract again, for the message
 * @throws UserError that names the first image without a label, or label without an image, unless they are skipped
 */
export async function wholePairs(
  pairs: readonly Pair[],
  archives: string,
  { skipUnreadable = false, onSkip }: PairingOptions,
): Promise<readonly Pair[]> {
  const { images, labels } = await findUnpaired(pairs);
  if (images.length === 0 && labels.length === 0) return pairs;
  if (!skipUnreadable) throw unpaired(images, labels, archives);
  const left = new Set<Pair>();
  for (const pair of images) {
    left.add(pair);
    onSkip?.({ path: pair.image.path, reason: `its label image ${pair.label.path} is not there` });
  }
  for (const pair of labels) {
    if (!left.has(pair))
      onSkip?.({ path: pair.label.path, reason: `its image ${pair.image.path} is not there` });
    left.add(pair);
  }
  return pairs.filter((pair) => !left.has(pair));
}

function unpaired(images: readonly Pair[], labels: readonly Pair[], archives: string): UserError {
  const [first] = images;
  const [other] = labels;
  const parts = [
    ...(images.length > 0 ? [`${images.length} without a label image`] : []),
    ...(labels.length > 0 ? [`${labels.length} label images without an image`] : []),
  ];
  return new UserError({
    what: `images and label images do not pair: ${parts.join(', ')}`,
    got: first !== undefined ? `no file ${first.label.file}` : `no file ${other?.image.file}`,
    expected: 'a label image for each image, and the reverse',
    fix: `extract ${archives} again (the disk may have filled up), or leave such files out: skipUnreadable: true (--skip-unreadable)`,
  });
}
