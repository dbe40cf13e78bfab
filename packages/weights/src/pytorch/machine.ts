import { FormatError } from '../errors.js';
import { type PickleReader, pickleReader } from './pickle-reader.js';
import { describe, type Pickled } from './values.js';

/** Bounds on what a pickle may make this program do. */
export interface PickleLimits {
  /** Longest pickle, in bytes. Default 32 MiB. */
  readonly maxPickleBytes: number;
  /** Most instructions, and values copied by them. Default 500,000; a ResNet-101's state dict takes about 40,000. */
  readonly maxPickleOps: number;
}

/** The default {@link PickleLimits}. */
export const DEFAULT_PICKLE_LIMITS: PickleLimits = {
  maxPickleBytes: 32 * 1024 * 1024,
  maxPickleOps: 500_000,
};

/** The state of an unpickling in progress. */
export interface Machine {
  readonly reader: PickleReader;
  readonly stack: Pickled[];
  readonly marks: number[];
  readonly memo: Map<number, Pickled>;
  /** OrderedDicts, whose attributes PyTorch sets. */
  readonly ordered: WeakSet<Map<Pickled, Pickled>>;
  readonly persistentLoad: (id: Pickled) => Pickled;
  /** What is left of {@link PickleLimits.maxPickleOps}. */
  budget: number;
}

/** A machine about to run the pickle at `start`. */
export function createMachine(
  bytes: Uint8Array,
  start: number,
  limits: PickleLimits,
  persistentLoad: (id: Pickled) => Pickled,
): Machine {
  return {
    reader: pickleReader(bytes, start),
    stack: [],
    marks: [],
    memo: new Map(),
    ordered: new WeakSet(),
    persistentLoad,
    budget: limits.maxPickleOps,
  };
}

/** Pays for an instruction, or for values that it copies. @throws FormatError when the budget is used up */
export function spend(machine: Machine, cost: number): void {
  machine.budget -= cost;
  if (machine.budget < 0) {
    throw new FormatError(
      'its pickle has too many instructions',
      'more than allowed',
      'fewer (option maxPickleOps)',
    );
  }
}

/** Takes the top of the stack, never past the last mark. */
export function pop(machine: Machine): Pickled {
  const value = machine.stack.length > floor(machine) ? machine.stack.pop() : undefined;
  if (value === undefined) throw new FormatError('its pickle is damaged', 'an empty stack', 'a value');
  return value;
}

/** The top of the stack. */
export function top(machine: Machine): Pickled {
  const value = machine.stack.length > floor(machine) ? machine.stack.at(-1) : undefined;
  if (value === undefined) throw new FormatError('its pickle is damaged', 'an empty stack', 'a value');
  return value;
}

/** Takes everything above the last mark, and the mark. */
export function popMark(machine: Machine): Pickled[] {
  const mark = machine.marks.pop();
  if (mark === undefined) throw new FormatError('its pickle is damaged', 'no mark', 'a mark');
  return machine.stack.splice(mark);
}

function floor(machine: Machine): number {
  return machine.marks.at(-1) ?? 0;
}

/** The complaint that a value of another kind was expected. */
export function wrongValue(got: Pickled | undefined, expected: string): FormatError {
  return new FormatError('its pickle is damaged', describe(got), expected);
}
