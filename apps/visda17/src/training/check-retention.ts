import { type SourceDomain, UserError } from '@syn2real/core';
import type { Model } from '../model/load.js';

/** @throws UserError where the images are of other classes than the old classifier's */
export function checkRetention(retention: SourceDomain | undefined, { old }: Model): void {
  if (retention === undefined || retention.classes.length === old.head.classes) return;
  throw new UserError({
    what: 'the retention images do not belong to the old task of these weights',
    got: `${retention.classes.length} class folders`,
    expected: `${old.head.classes}, as the old classifier has`,
    fix: 'pass the folder that holds one folder per class of the pretraining task',
  });
}
