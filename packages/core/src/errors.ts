/** What a {@link UserError} says. */
export interface UserErrorParts {
  /** What went wrong, in one clause: "the learning rate is not positive". */
  what: string;
  /** What was given. */
  got?: string;
  /** What would have been right. */
  expected?: string;
  /** What to do about it. */
  fix?: string;
  /** Exit code of a program that ends with it, where a caller has to tell it from others. Default 1. */
  exitCode?: number;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/**
 * An error that the user can cause and mend: it says what, got, expected and the fix.
 *
 * Programs print its message alone and exit with a code other than 0; a stack trace belongs behind `--debug`.
 *
 * @example
 * ```ts
 * throw new UserError({ what: 'unknown backbone', got: '"resnet99"', expected: 'one of resnet18, resnet101', fix: 'pass --backbone resnet101' });
 * ```
 */
export class UserError extends Error {
  readonly parts: UserErrorParts;

  constructor(parts: UserErrorParts) {
    const lines = [parts.what];
    if (parts.got !== undefined) lines.push(`  got:      ${parts.got}`);
    if (parts.expected !== undefined) lines.push(`  expected: ${parts.expected}`);
    if (parts.fix !== undefined) lines.push(`  fix:      ${parts.fix}`);
    super(lines.join('\n'), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'UserError';
    this.parts = parts;
  }
}

/** Whether an error is a {@link UserError}, also one thrown by another copy of this package. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError' && 'parts' in error;
}
