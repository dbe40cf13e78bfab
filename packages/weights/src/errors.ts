import { UserError } from '@syn2real/core';

const DAMAGED = 'the file is damaged, incomplete or of another kind: download or save it again';

/** Something about a file's content that its format does not allow. */
export class FormatError extends Error {
  readonly got: string;
  readonly expected: string;
  readonly fix: string;

  constructor(what: string, got: string, expected: string, fix: string = DAMAGED) {
    super(what);
    this.got = got;
    this.expected = expected;
    this.fix = fix;
  }
}

/** Turns a {@link FormatError}, or what the file system said, into the user's error about `path`. */
export function fileError(error: unknown, path: string, format: string): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof FormatError) {
    return new UserError({
      what: `${path} is not a ${format} file that can be read: ${error.message}`,
      got: error.got,
      expected: error.expected,
      fix: error.fix,
      cause: error,
    });
  }
  const code = errorCode(error);
  if (code !== undefined) return systemError(error, code, path);
  throw error;
}

/** The `code` of a Node system error ("ENOENT"). */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const FIXES: Readonly<Record<string, string>> = {
  ENOENT: 'check the path',
  EACCES: "check the file's permissions",
  EPERM: "check the file's permissions",
  EISDIR: 'name a file, not a folder',
  ENOTDIR: 'check the path: a part of it is a file, not a folder',
  ENOSPC: 'the disk is full: free some space and try again; nothing was written over',
  EDQUOT: 'the disk quota is used up: free some space and try again; nothing was written over',
  EROFS: 'the file system is read-only: choose another folder',
};

/** A file system's refusal as a user's error. */
export function systemError(cause: Error | unknown, code: string, path: string): UserError {
  return new UserError({
    what: `${path} cannot be read or written`,
    got: cause instanceof Error ? cause.message : code,
    fix: FIXES[code] ?? 'check the path and the disk',
    cause,
  });
}

/** A name or value from a file, fit for a message: quoted and cut. */
export function quote(text: string, limit = 80): string {
  return JSON.stringify(text.length > limit ? `${text.slice(0, limit)}…` : text);
}
