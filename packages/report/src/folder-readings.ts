import type { Task } from './run-record.js';
import type { Readings } from './run-schema.js';

/** A line's readings by the names of a run record, in the task's own measure. */
export function folderReadings({ source, retention, target }: Readings, task: Task) {
  const dense = task === 'segmentation';
  return {
    source: dense ? source?.meanIou : source?.meanClassAccuracy,
    retention: retention?.accuracy,
    agreement: retention?.agreement,
    kl: retention?.kl,
    target: dense ? target?.meanIou : target?.meanClassAccuracy,
    targetPerClass: dense ? target?.perClassIou : target?.perClass,
  };
}
