import { runProgram } from '@syn2real/cli';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { predictCommand } from './commands/predict.js';
import { prepareCommand } from './commands/prepare.js';
import { reproduceCommand } from './commands/reproduce.js';
import { trainCommand } from './commands/train.js';
import { trainPolicyCommand } from './commands/train-policy.js';

/** Runs `gta5-cityscapes` with these arguments and returns its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram(
    {
      name: 'gta5-cityscapes',
      description: "Train on GTA5's renders and segment Cityscapes' photographs.",
      commands: [
        prepareCommand,
        doctorCommand,
        trainCommand,
        trainPolicyCommand,
        evaluateCommand,
        predictCommand,
        reproduceCommand,
      ],
    },
    args,
  );
}
