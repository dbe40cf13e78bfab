import { createReadStream } from 'node:fs';

/** Longest line that is read, in bytes: a file without line ends does not fill the memory. */
const MAX_LINE_BYTES = 8192;

/** A line of a text file, without its end; `problem` says why its text cannot be read. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly problem?: string;
}

/** The lines of a UTF-8 file, read in pieces; LF or CRLF, with or without a byte order mark. Blank lines are left out. */
export async function* readLines(file: string): AsyncGenerator<TextLine, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  let rest = Buffer.alloc(0);
  let overlong = false;

  const lineOf = (bytes: Uint8Array): TextLine | undefined => {
    number += 1;
    if (overlong) {
      overlong = false;
      return { number, text: '', problem: `is longer than ${MAX_LINE_BYTES} bytes` };
    }
    try {
      const text = decoder.decode(bytes).trim();
      return text === '' ? undefined : { number, text };
    } catch {
      return { number, text: '', problem: 'is not UTF-8 text' };
    }
  };

  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      if (rest.length + piece.length > MAX_LINE_BYTES) overlong = true;
      const line = lineOf(overlong ? piece : rest.length === 0 ? piece : Buffer.concat([rest, piece]));
      rest = Buffer.alloc(0);
      from = end + 1;
      if (line !== undefined) yield line;
    }
    const tail = chunk.subarray(from);
    if (overlong || rest.length + tail.length > MAX_LINE_BYTES) {
      overlong = true;
      rest = Buffer.alloc(0);
    } else {
      rest = Buffer.concat([rest, tail]);
    }
  }
  if (rest.length > 0 || overlong) {
    const line = lineOf(rest);
    if (line !== undefined) yield line;
  }
}
