import { processesOf, type StartChild } from '@syn2real/cli';

/** Starts one of this program's commands. */
export const startGta5Cityscapes: StartChild = processesOf({
  from: import.meta.url,
  source: '../cli.ts',
  built: './cli.js',
});
