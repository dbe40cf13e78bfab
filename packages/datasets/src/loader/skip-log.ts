import type { SkippedImage } from './assemble.js';

/** The images that a loader left out. */
export interface SkipLog {
  /** Notes an image, and says so to the caller. */
  note(skipped: SkippedImage): void;
  /** Each once. */
  all(): readonly SkippedImage[];
}

/** A log without entries. @param onSkip called for each image noted */
export function createSkipLog(onSkip?: (skipped: SkippedImage) => void): SkipLog {
  const byIndex = new Map<number, SkippedImage>();
  return {
    note(skipped) {
      byIndex.set(skipped.index, skipped);
      onSkip?.(skipped);
    },
    all: () => [...byIndex.values()],
  };
}
