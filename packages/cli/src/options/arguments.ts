import type { Options } from './option.js';

/**
 * Values as command-line arguments; what is undefined or false is left out.
 *
 * @example
 * ```ts
 * toArguments(options, { epochs: 4, resume: true }); // ['--epochs', '4', '--resume']
 * ```
 */
export function toArguments(options: Options, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([key, { flag }]) => {
    const value = values[key];
    if (value === undefined || value === false) return [];
    const name = flag.split(' ')[0]!;
    return value === true ? [name] : [name, String(value)];
  });
}
