import { describe, expect, it } from 'vitest';
import { isUserError, UserError } from './errors.js';

describe('UserError', () => {
  it('says what, got, expected and the fix, one a line', () => {
    const error = new UserError({
      what: 'unknown method',
      got: '"asq"',
      expected: 'naive',
      fix: 'use --method naive',
    });
    expect(error.message.split('\n').map((line) => line.trim())).toEqual([
      'unknown method',
      'got:      "asq"',
      'expected: naive',
      'fix:      use --method naive',
    ]);
    expect(isUserError(error)).toBe(true);
    expect(isUserError(new Error('other'))).toBe(false);
  });
});
