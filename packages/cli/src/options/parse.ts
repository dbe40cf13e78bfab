import { UserError } from '@syn2real/core';
import type { Command } from 'commander';
import { Option as CommanderOption } from 'commander';
import { z } from 'zod';
import type { Options, OptionValues } from './option.js';

/**
 * Adds the options to a command, each with its default in the help.
 *
 * @example
 * ```ts
 * const command = addOptions(new Command('train'), options).action((given) => train(parseOptions(options, given)));
 * ```
 */
export function addOptions(command: Command, options: Options): Command {
  for (const { flag, help, schema } of Object.values(options)) {
    const preset = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
    const note =
      preset !== undefined && preset !== false
        ? ` (default: ${preset})`
        : isRequired(schema)
          ? ' (required)'
          : '';
    command.addOption(new CommanderOption(flag, `${help}${note}`));
  }
  return command;
}

/**
 * The validated values of `options` out of what the command line gave; what is optional and not given has no key.
 *
 * @throws UserError that lists all faults at once
 * @example
 * ```ts
 * const { epochs } = parseOptions(options, { epochs: '4' }); // 4
 * ```
 */
export function parseOptions<O extends Options>(
  options: O,
  given: Readonly<Record<string, unknown>>,
): OptionValues<O> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [key, { flag, schema }] of Object.entries(options)) {
    const parsed = schema.safeParse(given[key]);
    if (parsed.success) {
      if (parsed.data !== undefined) values[key] = parsed.data;
      continue;
    }
    const why = parsed.error.issues.map((issue) => issue.message).join('; ');
    faults.push(
      given[key] === undefined
        ? `${flag} is required`
        : `${flag}: got ${JSON.stringify(given[key])} (${why})`,
    );
  }
  if (faults.length > 0) {
    throw new UserError({
      what: faults.length === 1 ? 'an option is not valid' : `${faults.length} options are not valid`,
      got: faults.join('\n            '),
      fix: 'correct them; --help lists every option with its default',
    });
  }
  return values as OptionValues<O>;
}

/**
 * The values of those options alone that were given, validated: the defaults are left to whoever reads them.
 *
 * @throws UserError that lists all faults at once
 */
export function parseGiven<O extends Options>(
  options: O,
  given: Readonly<Record<string, unknown>>,
): Partial<OptionValues<O>> {
  const present = Object.fromEntries(Object.entries(options).filter(([key]) => given[key] !== undefined));
  return parseOptions(present, given) as Partial<OptionValues<O>>;
}

function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success;
}
