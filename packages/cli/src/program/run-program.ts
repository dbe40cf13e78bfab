import { isUserError, UserError } from '@syn2real/core';
import { ExitCode } from '@syn2real/trainer';
import { Command, CommanderError } from 'commander';

/** A program: its name, what it is for, and its commands. */
export interface Program {
  readonly name: string;
  readonly description: string;
  /** Makes each command anew. */
  readonly commands: readonly (() => Command)[];
}

/**
 * Runs a program with these arguments and returns its exit code.
 *
 * 0: done; 1, or what a `UserError` asks for (3: a training diverged): an error that was explained on stderr; the code of an `ExitCode`, such as 130 and 143: stopped by a signal,
 * after saving. A `UserError` is shown as its message, a wrong option beside the valid ones, anything else as unexpected;
 * stack traces only with `--debug`, which every command has.
 *
 * @example
 * ```ts
 * process.exitCode = await runProgram({ name: 'visda17', description: 'Train on renders.', commands: [trainCommand] }, process.argv.slice(2));
 * ```
 */
export async function runProgram(
  { name, description, commands }: Program,
  args: readonly string[],
): Promise<number> {
  const debug = args.includes('--debug');
  const program = new Command(name)
    .description(description)
    .option('--debug', 'print stack traces')
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  for (const make of commands) {
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
    return isUserError(shown) ? (shown.parts.exitCode ?? 1) : 1;
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
    fix: `see ${program.name()} ${command === undefined ? '' : `${command.name()} `}--help`,
  });
}
