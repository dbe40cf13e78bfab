import { Command } from 'commander';
import { onRun } from './delegate.js';

/** `self-training predict` */
export function predictCommand(): Command {
  return new Command('predict')
    .description("write a run's raw scores, a line per image of the target's list")
    .argument('<run>', "a run's folder, or a checkpoint (then with --data and --backbone after --)")
    .argument(
      '[options...]',
      'after --: as for predict of visda17, or of gta5-cityscapes where the run is of pixels, --output among them',
    )
    .action((run: string, more: string[]) => onRun('predict', run, more));
}
