import { UserError } from '@syn2real/core';
import { quote } from '../errors.js';

/** Options of {@link checkStateDict}. */
export interface CheckStateDictOptions {
  /** Prefixes of tensors that may be there and are not wanted: `["fc."]`. Default: none. */
  ignore?: readonly string[];
  /** What the weights are for, as the message names it. Default `"the network"`. */
  network?: string;
}

const SHOWN = 3;

/**
 * Checks that the tensors of a file are those of a network: every expected one, in its shape, and no other.
 * `num_batches_tracked` may be there or not. Shapes are PyTorch's on both sides.
 *
 * Look before {@link toParams}: nothing is converted or allocated here.
 *
 * @throws UserError naming the first missing and unexpected tensors and the first of another shape
 *
 * @example
 * ```ts
 * checkStateDict({ 'fc.weight': [1000, 2048], 'fc.bias': [1000] }, tensors, { network: 'resnet101' });
 * ```
 */
export function checkStateDict(
  expected: Readonly<Record<string, readonly number[]>>,
  got: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  { ignore = [], network = 'the network' }: CheckStateDictOptions = {},
): void {
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(got, name) && !isCounter(name));
  const unexpected = Object.keys(got).filter(
    (name) =>
      !Object.hasOwn(expected, name) && !isCounter(name) && !ignore.some((prefix) => name.startsWith(prefix)),
  );
  const misshapen = Object.entries(expected).flatMap(([name, shape]) => {
    const found = Object.hasOwn(got, name) ? got[name] : undefined;
    return found === undefined || found.shape.join() === shape.join()
      ? []
      : [`${quote(name)} is [${found.shape.join(', ')}], not [${shape.join(', ')}]`];
  });
  const faults = [
    list(
      'missing',
      missing.map((name) => quote(name)),
    ),
    list(
      'unexpected',
      unexpected.map((name) => quote(name)),
    ),
    list('of another shape', misshapen),
  ].filter((fault) => fault !== '');
  if (faults.length === 0) return;
  throw new UserError({
    what: `the weights are for another architecture than ${network}`,
    got: faults.join('; '),
    expected: `${Object.keys(expected).length} tensors by torchvision's names`,
    fix: 'pass the weights of this architecture, or name the architecture of these weights',
  });
}

function isCounter(name: string): boolean {
  return name === 'num_batches_tracked' || name.endsWith('.num_batches_tracked');
}

function list(kind: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `${items.length} ${kind} (${items.slice(0, SHOWN).join(', ')}${items.length > SHOWN ? ', …' : ''})`;
}
