import { createHash } from 'node:crypto';

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * JSON in one form only: keys sorted by UTF-16 code unit, no white space, so that equal values give equal text.
 *
 * @throws TypeError where the value holds what JSON has no form for: NaN, an infinity, undefined, a function
 * @example
 * ```ts
 * canonicalJson({ b: 1, a: [true, null] }); // '{"a":[true,null],"b":1}'
 * ```
 * @see RFC 8785, which this follows for values that JSON.parse can give
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, '$');
}

/**
 * A value of a declared shape as plain JSON, copied; its keys that are undefined are left out.
 *
 * @throws TypeError where it holds a number that is not finite
 */
export function asJson(value: unknown): JsonValue {
  const text = JSON.stringify(value, (key, item: unknown) => {
    if (typeof item !== 'number' || Number.isFinite(item)) return item;
    throw new TypeError(`JSON has no form for ${item}, found at "${key}".`);
  });
  return JSON.parse(text) as JsonValue;
}

/** SHA-256 of bytes or of a text's UTF-8, in hexadecimal. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A value in which two JSON values differ. */
export interface JsonDifference {
  /** Where: `"optimizer.rate"`, `"groups[2]"`. */
  readonly path: string;
  /** What the first one has there; undefined where it has nothing. */
  readonly before: JsonValue | undefined;
  /** What the second one has there; undefined where it has nothing. */
  readonly after: JsonValue | undefined;
}

/** Every leaf in which `before` and `after` differ, in the order of their paths. */
export function diffJson(before: JsonValue | undefined, after: JsonValue | undefined): JsonDifference[] {
  return differences(before, after, '');
}

function differences(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: string,
): JsonDifference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      differences(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, i) => differences(before[i], after[i], `${path}[${i}]`)).flat();
  }
  const same =
    before === undefined || after === undefined
      ? before === after
      : canonicalJson(before) === canonicalJson(after);
  return same ? [] : [{ path, before, after }];
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no form for ${value}, found at ${path}.`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}.${key}`)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`JSON has no form for ${typeof value}, found at ${path}.`);
}
