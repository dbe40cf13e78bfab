import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isListProblem, parseListLine } from './list-line.js';

const required = { classes: 12, labels: 'required' } as const;
const optional = { classes: 12, labels: 'optional' } as const;

describe('parseListLine', () => {
  it('reads a path and a label', () => {
    expect(parseListLine('truck/src_1.png 11', required)).toEqual({ path: 'truck/src_1.png', label: 11 });
    expect(parseListLine('my photos/a b.png   0', required)).toEqual({ path: 'my photos/a b.png', label: 0 });
    expect(parseListLine('a.png\t3', required)).toEqual({ path: 'a.png', label: 3 });
    expect(parseListLine('trunk01/ab.jpg', optional)).toEqual({ path: 'trunk01/ab.jpg', label: null });
  });

  it.each([
    ['a.png', 'broken', 'it has no label'],
    ['a.png x', 'broken', 'its label is "x"'],
    ['a.png 1.5', 'broken', 'its label is "1.5"'],
    ['a.png 0x1', 'broken', 'its label is "0x1"'],
    ['a.png 12', 'label', 'the label 12, outside 0…11'],
    ['a.png -1', 'label', 'the label -1, outside'],
    ['a.png 99999999999999999999999', 'label', 'outside'],
    ['../../etc/passwd 0', 'path', 'outside the data folder'],
    ['a/../../b.png 0', 'path', 'outside the data folder'],
    ['/etc/passwd 0', 'path', 'outside the data folder'],
    ['C:\\images\\a.png 0', 'path', 'outside the data folder'],
    ['a\\..\\..\\b.png 0', 'path', 'outside the data folder'],
    ['a\u0000.png 0', 'path', 'control characters'],
    ['a\u001b[2J.png 0', 'path', 'control characters'],
  ])('refuses %j', (line, kind, message) => {
    expect(parseListLine(line, required)).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  it('answers any line, and never with a path out of the folder', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.boolean(), (line, labelled) => {
        const parsed = parseListLine(line.trim(), labelled ? required : optional);
        if (isListProblem(parsed)) expect(parsed.message).not.toBe('');
        else expect(parsed.path.split(/[/\\]/)).not.toContain('..');
      }),
      { numRuns: 500 },
    );
  });

  it('takes long hostile lines in its stride', () => {
    const spaces = `a${' '.repeat(8000)}b`;
    expect(parseListLine(spaces, required)).toMatchObject({ kind: 'broken' });
  });
});
