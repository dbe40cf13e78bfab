import type { Task } from '@syn2real/cli';
import type { ReproduceOptions } from './finished.js';
import { bySeed } from './plan.js';
import { policyTask } from './policies.js';
import { stagesOf } from './reproduce.js';
import { trainTask } from './task.js';
import { distinct } from './trial.js';

/** The trials of a suite, a line each with whether it is done; those that wait for a sweep or a policy are counted. */
export function listTrials(options: ReproduceOptions): string {
  const { out } = options;
  const { policies, sweeps, first, laterCount } = stagesOf(options);
  const tasks: Task[] = [
    ...policies.map((policy) => policyTask(out, policy)),
    ...sweeps.flatMap(({ trials }) => trials.map(({ trial }) => trainTask(out, trial))),
    ...distinct(bySeed(first)).map((trial) => trainTask(out, trial)),
  ];
  const lines = tasks.map((task) => `${task.done() ? 'done' : 'to do'}\t${task.name}\t${task.label}`);
  if (laterCount > 0) lines.push(`${laterCount} more after the sweeps and policies`);
  return lines.map((line) => `${line}\n`).join('');
}
