import { type DenseSourceDomain, type SourceDomain, type TargetDomain, UserError } from '@syn2real/core';
import { openCityscapesTarget, openGta5Source, openImagenetValidation } from '@syn2real/datasets';
import type { Recipe } from '../config/train-options.js';

/** The images that a run reads. */
export interface Data {
  readonly source: DenseSourceDomain;
  /** Source images that are not trained on. */
  readonly heldOut?: DenseSourceDomain;
  readonly target?: TargetDomain;
  /** Images of the old task. */
  readonly retention?: SourceDomain;
}

/** What of a recipe names images. */
export type DataRecipe = Pick<
  Recipe,
  | 'source'
  | 'sourceList'
  | 'sourceLabels'
  | 'sourceHeldOut'
  | 'target'
  | 'targetSplit'
  | 'retention'
  | 'skipUnreadable'
>;

/**
 * Opens the folders of a recipe; no image is read.
 *
 * @throws UserError where a folder is missing or not in its layout, or the domains have other classes
 */
export async function openData(
  recipe: DataRecipe,
  onSkip: (skipped: { path: string; reason: string }) => void,
): Promise<Data> {
  const { sourceLabels: labelValues, skipUnreadable } = recipe;
  const pairing = { labelValues, skipUnreadable, onSkip };
  const source = await openGta5Source(recipe.source, {
    ...pairing,
    ...(recipe.sourceList === undefined ? {} : { list: recipe.sourceList }),
  });
  const heldOut =
    recipe.sourceHeldOut === 0
      ? undefined
      : spread(await openGta5Source(recipe.source, { ...pairing, split: 'val' }), recipe.sourceHeldOut);
  const target =
    recipe.target === undefined
      ? undefined
      : await openCityscapesTarget(recipe.target, { split: recipe.targetSplit });
  if (target !== undefined) checkClasses(source, target);
  const retention =
    recipe.retention === undefined ? undefined : await openImagenetValidation(recipe.retention);
  return {
    source,
    ...(heldOut === undefined ? {} : { heldOut }),
    ...(target === undefined ? {} : { target }),
    ...(retention === undefined ? {} : { retention }),
  };
}

/** At most `limit` of a source's images, evenly spread over its list. */
export function spread(source: DenseSourceDomain, limit: number): DenseSourceDomain {
  const { length } = source.images;
  if (length <= limit) return source;
  const places = Array.from({ length: limit }, (_, i) => Math.floor(((i + 0.5) * length) / limit));
  const chosen = <T>(items: readonly T[]): T[] => places.map((place) => items[place]!);
  return {
    ...source,
    images: chosen(source.images),
    labels: chosen(source.labels),
    fingerprint: `${source.fingerprint}/${limit}`,
  };
}

function checkClasses(source: DenseSourceDomain, target: TargetDomain): void {
  const at = source.classes.findIndex((name, index) => name !== target.classes[index]);
  if (at === -1 && source.classes.length === target.classes.length) return;
  throw new UserError({
    what: 'source and target have other classes',
    got:
      at === -1
        ? `${source.classes.length} in ${source.name}, ${target.classes.length} in ${target.name}`
        : `class ${at} is "${source.classes[at]}" in ${source.name}, "${target.classes[at] ?? 'none'}" in ${target.name}`,
    expected: 'the same names in the same order of train ids',
    fix: "put the same labels.json into both folders, or remove it where the table is Cityscapes' own",
  });
}
