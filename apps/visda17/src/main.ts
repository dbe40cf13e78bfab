import { runProgram } from '@syn2real/cli';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { predictCommand } from './commands/predict.js';
import { prepareCommand } from './commands/prepare.js';
import { reproduceCommand } from './commands/reproduce.js';
import { trainCommand } from './commands/train.js';
import { trainPolicyCommand } from './commands/train-policy.js';

/** Runs `visda17` with these arguments and returns its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram(
    {
      name: 'visda17',
      description: 'Train on VisDA-17 renders and do well on photographs.',
      commands: [
        prepareCommand,
        doctorCommand,
        trainCommand,
        trainPolicyCommand,
        evaluateCommand,
        predictCommand,
        demoCommand,
        reproduceCommand,
      ],
    },
    args,
  );
}
