import type { z } from 'zod';

/** One option of a command: how it is written, what it means, what is valid. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** Its schema, which also carries the default. */
  readonly schema: Schema;
  /** As commander takes it: `"--epochs <n>"`. */
  readonly flag: string;
  readonly help: string;
}

/** Options by their key in the config. */
export type Options = Readonly<Record<string, Option>>;

/**
 * An {@link Option} with its schema's type kept.
 *
 * @param flag as commander takes it; its name in camel case is the option's key
 * @param schema what is valid, and the default
 * @example
 * ```ts
 * const options = { epochs: option('--epochs <n>', 'passes over the images', z.coerce.number().int().min(1).default(30)) };
 * ```
 */
export function option<Schema extends z.ZodType>(flag: string, help: string, schema: Schema): Option<Schema> {
  return { flag, help, schema };
}

/** The values of a set of options, validated. */
export type OptionValues<O extends Options> = { [K in keyof O]: z.output<O[K]['schema']> };
