import { Command } from 'commander';
import { onRun } from './delegate.js';

/** `self-training evaluate` */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description("measure a run's network on a target split, with its labels (the oracle's number)")
    .argument('<run>', "a run's folder, or a checkpoint (then with --data and --backbone after --)")
    .argument(
      '[options...]',
      'after --: as for evaluate of visda17, or of gta5-cityscapes where the run is of pixels',
    )
    .action((run: string, more: string[]) => onRun('evaluate', run, more));
}
