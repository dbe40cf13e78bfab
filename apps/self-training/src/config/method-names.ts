import { isUserError } from '@syn2real/core';
import { crstMethod } from '@syn2real/self-training';

/** Parts of a method's name that can be joined. */
export const METHOD_NAMES = ['lrent', 'mrkld', 'mrl2', 'mrent'] as const;

/** Whether there is such a method. */
export function isMethod(name: string): boolean {
  if (['none', 'shot', 'mean-teacher'].includes(name)) return true;
  try {
    crstMethod(name);
    return true;
  } catch (error) {
    if (isUserError(error)) return false;
    throw error;
  }
}
