import { FormatError, quote } from '../errors.js';

/** What a safetensors header says of one tensor, unchecked but for its JSON types. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A parsed header. */
export interface HeaderJson {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly HeaderEntry[];
}

/**
 * Parses exactly the JSON that a safetensors header may hold: no nesting to fill memory, no key twice.
 *
 * @throws FormatError where the text leaves the grammar
 */
export function parseHeaderJson(text: string): HeaderJson {
  const scan = scanner(text);
  const entries: HeaderEntry[] = [];
  let metadata: Record<string, string> | undefined;
  const names = new Set<string>();
  scan.object((name) => {
    if (names.has(name))
      throw new FormatError(`the header names ${quote(name)} twice`, 'a repeated name', 'every name once');
    names.add(name);
    if (name === '__metadata__') {
      const map: Record<string, string> = Object.create(null);
      scan.object((key) => {
        if (key in map)
          throw new FormatError(`the metadata names ${quote(key)} twice`, 'a repeated key', 'every key once');
        map[key] = scan.string();
      });
      metadata = map;
    } else {
      entries.push(parseEntry(scan, name));
    }
  });
  scan.end();
  return { metadata: metadata ?? Object.create(null), entries };
}

function parseEntry(scan: Scanner, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scan.object((key) => {
    if (key === 'dtype' && dtype === undefined) dtype = scan.string();
    else if (key === 'shape' && shape === undefined) shape = scan.integers();
    else if (key === 'data_offsets' && offsets === undefined) offsets = scan.integers();
    else
      throw new FormatError(
        `the header of tensor ${quote(name)} is wrong`,
        `key ${quote(key)}`,
        'dtype, shape and data_offsets, each once',
      );
  });
  const [begin, end] = offsets ?? [];
  if (
    dtype === undefined ||
    shape === undefined ||
    begin === undefined ||
    end === undefined ||
    offsets?.length !== 2
  ) {
    throw new FormatError(
      `the header of tensor ${quote(name)} is incomplete`,
      'a missing key',
      'dtype, shape and two data_offsets',
    );
  }
  return { name, dtype, shape, begin, end };
}

interface Scanner {
  object(member: (key: string) => void): void;
  string(): string;
  integers(): number[];
  end(): void;
}

function scanner(text: string): Scanner {
  let at = 0;

  function fail(expected: string): never {
    const got =
      at < text.length ? `${quote(text.slice(at, at + 12))} at character ${at}` : 'the end of the header';
    throw new FormatError('its header is not valid JSON', got, expected);
  }

  function peek(): string {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
    return text.charAt(at);
  }

  function take(char: string): void {
    if (peek() !== char) fail(`"${char}"`);
    at++;
  }

  function string(): string {
    if (peek() !== '"') fail('a string');
    let close = at + 1;
    while (close < text.length && text.charAt(close) !== '"') close += text.charAt(close) === '\\' ? 2 : 1;
    try {
      const value: unknown = JSON.parse(text.slice(at, close + 1));
      if (typeof value !== 'string' || hasLoneSurrogate(value)) fail('a string');
      at = close + 1;
      return value;
    } catch {
      return fail('a string');
    }
  }

  function list(close: string, item: () => void): void {
    if (peek() === close) {
      at++;
      return;
    }
    for (;;) {
      item();
      if (peek() === close) {
        at++;
        return;
      }
      take(',');
    }
  }

  function integer(): number {
    peek();
    const start = at;
    while (at < text.length && at - start < 20 && '0123456789'.includes(text.charAt(at))) at++;
    const digits = text.slice(start, at);
    const value = Number(digits);
    if (digits === '' || (digits.length > 1 && digits.startsWith('0')) || !Number.isSafeInteger(value)) {
      at = start;
      fail('a non-negative integer below 2^53');
    }
    return value;
  }

  return {
    string,
    object(member) {
      take('{');
      list('}', () => {
        const key = string();
        take(':');
        member(key);
      });
    },
    integers() {
      take('[');
      const values: number[] = [];
      list(']', () => values.push(integer()));
      return values;
    },
    end() {
      if (peek() !== '') fail('nothing after the closing "}"');
    },
  };
}

/** Whether a string cannot be written as UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
