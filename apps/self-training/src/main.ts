import { runProgram } from '@syn2real/cli';
import { evaluateCommand } from './commands/evaluate.js';
import { featuresCommand } from './commands/features.js';
import { predictCommand } from './commands/predict.js';
import { reproduceCommand } from './commands/reproduce.js';
import { trainCommand } from './commands/train.js';

/** Runs `self-training` with these arguments and returns its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram(
    {
      name: 'self-training',
      description: 'Adapt a synthetically trained network to unlabelled target images.',
      commands: [trainCommand, evaluateCommand, predictCommand, featuresCommand, reproduceCommand],
    },
    args,
  );
}
