import { UserError } from '@syn2real/core';

/** @throws UserError where a task cannot be adapted */
export function checkTask(task: 'visda17' | 'gta5-cityscapes'): void {
  if (task === 'visda17') return;
  throw new UserError({
    what: `self-training of ${task} is not there yet`,
    got: `--task ${task}`,
    expected: '--task visda17',
    fix: 'the parts for it are in @syn2real/self-training: rounds, histogramConfidences, labelMap, minedCrop',
  });
}
