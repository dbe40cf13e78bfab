import { createRequire } from 'node:module';

/**
 * Gives `node:util` back the type checks that Node 23 removed and @tensorflow/tfjs-node 4.22 still calls.
 *
 * Does nothing where they are there.
 *
 * @see https://github.com/tensorflow/tfjs/pull/8425
 */
export function restoreUtil(util: Record<string, unknown> = nodeUtil()): void {
  for (const [name, check] of Object.entries(REMOVED)) {
    if (typeof util[name] !== 'function') util[name] = check;
  }
}

/** The object that CommonJS modules get, which can be added to. */
function nodeUtil(): Record<string, unknown> {
  return createRequire(import.meta.url)('node:util');
}

const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isString: (value) => typeof value === 'string',
  isUndefined: (value) => value === undefined,
};
