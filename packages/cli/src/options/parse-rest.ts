import { Command } from 'commander';
import type { Options, OptionValues } from './option.js';
import { addOptions, parseGiven } from './parse.js';

/**
 * What follows `--` on a command line, as options of several sets; of each set the values that were given, validated.
 *
 * @throws UserError where a value is not valid, commander's error where an option is unknown
 * @example
 * ```ts
 * const { given, settings } = parseRest(['--epochs', '4'], { given: recipeOptions, settings: runOptions });
 * ```
 */
export function parseRest<Sets extends Readonly<Record<string, Options>>>(
  args: readonly string[],
  sets: Sets,
): { [Name in keyof Sets]: Partial<OptionValues<Sets[Name]>> } {
  const command = new Command('train').exitOverride().configureOutput({ writeErr: () => {} });
  const given = addOptions(command, Object.assign({}, ...Object.values(sets)) as Options)
    .parse([...args], { from: 'user' })
    .opts<Record<string, unknown>>();
  return Object.fromEntries(
    Object.entries(sets).map(([name, options]) => [name, parseGiven(options, given)]),
  ) as { [Name in keyof Sets]: Partial<OptionValues<Sets[Name]>> };
}

/** The options that `others` does not have. */
export function optionsBeside<All extends Options, Others extends Options>(
  all: All,
  others: Others,
): Omit<All, keyof Others> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !(key in others))) as Omit<
    All,
    keyof Others
  >;
}
