import { isUserError, UserError } from '@syn2real/core';
import { Command, CommanderError } from 'commander';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { predictCommand } from './commands/predict.js';
import { prepareCommand } from './commands/prepare.js';
import { reproduceCommand } from './commands/reproduce.js';
import { trainCommand } from './commands/train.js';
import { trainPolicyCommand } from './commands/train-policy.js';
import { ExitCode } from './exit-code.js';

/**
 * Runs the program with these arguments and returns its exit code.
 *
 * 0: done; 1: an error that was explained on stderr; 130 and 143: stopped by a signal, after saving.
 */
export async function main(args: readonly string[]): Promise<number> {
  const debug = args.includes('--debug');
  const program = new Command('visda17')
    .description('Train on VisDA-17 renders and do well on photographs.')
    .option('--debug', 'print stack traces')
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  for (const make of [
    prepareCommand,
    doctorCommand,
    trainCommand,
    trainPolicyCommand,
    evaluateCommand,
    predictCommand,
    demoCommand,
    reproduceCommand,
  ]) {
    program.addCommand(
      make()
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .option('--debug', 'print stack traces'),
    );
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitCode) return error.code;
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const shown = error instanceof CommanderError ? usageError(error, program, args) : error;
    process.stderr.write(`${explain(shown, debug)}\n`);
    return 1;
  }
}

function explain(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error) return error.stack ?? error.message;
  if (isUserError(error)) return `error: ${error.message}`;
  const message = error instanceof Error ? error.message : String(error);
  return `error: ${message}\n  This was not expected. Run it again with --debug for the stack trace.`;
}

/** Commander's complaint, with the valid names beside it. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): UserError {
  const command = program.commands.find((candidate) => args.includes(candidate.name()));
  const valid =
    command === undefined
      ? program.commands.map((candidate) => candidate.name())
      : command.options.map(({ long }) => long ?? '').filter((long) => long !== '');
  return new UserError({
    what: error.message.replace(/^error: /, ''),
    expected: `one of ${valid.join(', ')}`,
    fix: `see visda17 ${command === undefined ? '' : `${command.name()} `}--help`,
  });
}
