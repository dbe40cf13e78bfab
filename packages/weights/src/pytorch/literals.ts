import { FormatError } from '../errors.js';
import type { Machine } from './machine.js';
import { utf8 } from './pickle-reader.js';
import type { Pickled } from './values.js';

const LONGEST_INTEGER = 1024;

/** Reads the value of each opcode that only pushes a literal. */
export const LITERALS: Readonly<Record<string, (machine: Machine) => Pickled>> = {
  NONE: () => null,
  NEWTRUE: () => true,
  NEWFALSE: () => false,
  BININT: ({ reader }) => reader.int32(),
  BININT1: ({ reader }) => reader.byte(),
  BININT2: ({ reader }) => reader.uint16(),
  LONG1: ({ reader }) => integer(reader.bytes(reader.byte())),
  LONG4: ({ reader }) => {
    const length = reader.int32();
    if (length < 0 || length > LONGEST_INTEGER) {
      throw new FormatError(
        'its pickle has a giant integer',
        `${length} bytes`,
        `at most ${LONGEST_INTEGER} bytes`,
      );
    }
    return integer(reader.bytes(length));
  },
  INT: ({ reader }) => {
    const text = reader.line();
    return text === '01' ? true : text === '00' ? false : decimal(text);
  },
  LONG: ({ reader }) => decimal(reader.line().replace(/L$/, '')),
  FLOAT: ({ reader }) => {
    const text = reader.line();
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw badLiteral(text, 'a number');
    return Number(text);
  },
  BINFLOAT: ({ reader }) => reader.float64(),
  STRING: ({ reader }) => pythonString(reader.line()),
  UNICODE: ({ reader }) =>
    reader
      .line()
      .replace(/\\u([0-9a-f]{4})|\\U0010([0-9a-f]{4})|\\U000([0-9a-f]{5})/gi, (_, ...digits) =>
        String.fromCodePoint(
          digits[1] === undefined
            ? Number.parseInt(digits[0] ?? digits[2], 16)
            : 0x100000 + Number.parseInt(digits[1], 16),
        ),
      ),
  BINSTRING: ({ reader }) => textOrBytes(reader.bytes(reader.uint32())),
  SHORT_BINSTRING: ({ reader }) => textOrBytes(reader.bytes(reader.byte())),
  BINUNICODE: ({ reader }) => utf8(reader.bytes(reader.uint32())),
  SHORT_BINUNICODE: ({ reader }) => utf8(reader.bytes(reader.byte())),
  BINUNICODE8: ({ reader }) => utf8(reader.bytes(reader.uint64())),
  BINBYTES: ({ reader }) => reader.bytes(reader.uint32()).slice(),
  SHORT_BINBYTES: ({ reader }) => reader.bytes(reader.byte()).slice(),
  BINBYTES8: ({ reader }) => reader.bytes(reader.uint64()).slice(),
};

/** Two's complement, little endian; a number where it is exact, else a bigint. */
function integer(bytes: Uint8Array): number | bigint {
  let hex = '';
  for (const byte of bytes) hex = byte.toString(16).padStart(2, '0') + hex;
  const value = hex === '' ? 0n : BigInt.asIntN(bytes.byteLength * 8, BigInt(`0x${hex}`));
  return small(value);
}

function decimal(text: string): number | bigint {
  if (!/^[-+]?\d{1,1024}$/.test(text)) throw badLiteral(text, 'an integer');
  return small(BigInt(text.replace('+', '')));
}

function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Python 2 wrote text as bytes. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8(bytes);
  } catch {
    return bytes.slice();
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function pythonString(line: string): string {
  const quote = line.charAt(0);
  if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote))
    throw badLiteral(line, 'a quoted string');
  return line.slice(1, -1).replace(/\\(x[0-9a-f]{2}|.)/gi, (_, code: string) => {
    const char = /^x..$/i.test(code)
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : ESCAPES[code];
    if (char === undefined) throw badLiteral(line, 'a quoted string');
    return char;
  });
}

function badLiteral(text: string, expected: string): FormatError {
  return new FormatError('its pickle is damaged', JSON.stringify(text.slice(0, 40)), expected);
}
