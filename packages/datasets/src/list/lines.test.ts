import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { readLines, type TextLine } from './lines.js';

async function linesOf(content: string | Uint8Array): Promise<TextLine[]> {
  const root = await temporaryFolder();
  await writeFiles(root, { 'list.txt': content });
  const lines: TextLine[] = [];
  for await (const line of readLines(join(root, 'list.txt'))) lines.push(line);
  return lines;
}

describe('readLines', () => {
  it('takes LF, CRLF, a byte order mark and a last line without end', async () => {
    expect(await linesOf('\ufeffa 1\r\nb 2\n\n  \nc 3')).toEqual([
      { number: 1, text: 'a 1' },
      { number: 2, text: 'b 2' },
      { number: 5, text: 'c 3' },
    ]);
    expect(await linesOf('')).toEqual([]);
  });

  it('puts lines together across the pieces a file is read in', async () => {
    const texts = Array.from({ length: 60_000 }, (_, i) => `klasse/é${i}.png ${i % 12}`);
    const lines = await linesOf(texts.join('\n'));
    expect(lines.map(({ text }) => text)).toEqual(texts);
  });

  it('passes over lines that are too long or no text, and goes on', async () => {
    const long = 'x'.repeat(900_000);
    const lines = await linesOf(
      Buffer.concat([
        Buffer.from(`${long}\nok 1\n`),
        Buffer.from([0xff, 0xfe, 10]),
        Buffer.from(`b 2\n${long}`),
      ]),
    );
    expect(lines).toEqual([
      { number: 1, text: '', problem: 'is longer than 8192 bytes' },
      { number: 2, text: 'ok 1' },
      { number: 3, text: '', problem: 'is not UTF-8 text' },
      { number: 4, text: 'b 2' },
      { number: 5, text: '', problem: 'is longer than 8192 bytes' },
    ]);
  });

  it('numbers any text as splitting at line ends does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z ]{0,12}$/), { maxLength: 30 }), async (texts) => {
        const expected = texts
          .map((text, i) => ({ number: i + 1, text: text.trim() }))
          .filter(({ text }) => text !== '');
        expect(await linesOf(texts.join('\n'))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
