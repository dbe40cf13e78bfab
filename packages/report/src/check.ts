import { UserError } from '@syn2real/core';
import { z } from 'zod';

/** The value, validated; else a {@link UserError} that says where and names every fault. */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError({
    what: `${where} has wrong values`,
    got: z.prettifyError(parsed.error).replaceAll('\n', '\n            '),
    expected: 'what the training writes, accuracies as fractions from 0 to 1',
    fix: 'correct the values, or run the training again',
    cause: parsed.error,
  });
}
