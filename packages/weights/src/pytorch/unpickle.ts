import { FormatError } from '../errors.js';
import { CONTAINERS } from './containers.js';
import { LITERALS } from './literals.js';
import { createMachine, type Machine, type PickleLimits, pop, spend } from './machine.js';
import { OBJECTS } from './objects.js';
import type { Pickled } from './values.js';

/** A pickle's value and where the bytes after it begin. */
export interface Unpickled {
  readonly value: Pickled;
  readonly end: number;
}

const NAMES: Readonly<Record<number, string>> = {
  40: 'MARK',
  48: 'POP',
  49: 'POP_MARK',
  50: 'DUP',
  70: 'FLOAT',
  73: 'INT',
  74: 'BININT',
  75: 'BININT1',
  76: 'LONG',
  77: 'BININT2',
  78: 'NONE',
  80: 'PERSID',
  81: 'BINPERSID',
  82: 'REDUCE',
  83: 'STRING',
  84: 'BINSTRING',
  85: 'SHORT_BINSTRING',
  86: 'UNICODE',
  88: 'BINUNICODE',
  97: 'APPEND',
  98: 'BUILD',
  99: 'GLOBAL',
  100: 'DICT',
  125: 'EMPTY_DICT',
  101: 'APPENDS',
  103: 'GET',
  104: 'BINGET',
  105: 'INST',
  106: 'LONG_BINGET',
  108: 'LIST',
  93: 'EMPTY_LIST',
  111: 'OBJ',
  112: 'PUT',
  113: 'BINPUT',
  114: 'LONG_BINPUT',
  115: 'SETITEM',
  116: 'TUPLE',
  41: 'EMPTY_TUPLE',
  117: 'SETITEMS',
  71: 'BINFLOAT',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  133: 'TUPLE1',
  134: 'TUPLE2',
  135: 'TUPLE3',
  136: 'NEWTRUE',
  137: 'NEWFALSE',
  138: 'LONG1',
  139: 'LONG4',
  66: 'BINBYTES',
  67: 'SHORT_BINBYTES',
  140: 'SHORT_BINUNICODE',
  141: 'BINUNICODE8',
  142: 'BINBYTES8',
  143: 'EMPTY_SET',
  144: 'ADDITEMS',
  145: 'FROZENSET',
  146: 'NEWOBJ_EX',
  147: 'STACK_GLOBAL',
  148: 'MEMOIZE',
  150: 'BYTEARRAY8',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};
const PROTO = 0x80;
const FRAME = 0x95;
const STOP = 0x2e;
const NEWEST_PROTOCOL = 5;

/**
 * Runs a pickle that builds plain data and views of storages; anything that could run code is refused by name.
 *
 * @param persistentLoad - what a persistent id (a storage, in PyTorch's files) stands for
 * @throws FormatError when the pickle is damaged, too long, or asks for anything else
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  limits: PickleLimits,
  persistentLoad: (id: Pickled) => Pickled = refusePersistentId,
): Unpickled {
  const machine = createMachine(bytes, start, limits, persistentLoad);
  for (;;) {
    spend(machine, 1);
    const code = machine.reader.byte();
    if (code === STOP) return { value: last(machine), end: machine.reader.at() };
    step(machine, code);
  }
}

function step(machine: Machine, code: number): void {
  if (code === PROTO) {
    const protocol = machine.reader.byte();
    if (protocol > NEWEST_PROTOCOL)
      throw new FormatError('its pickle is of an unknown protocol', String(protocol), '0 to 5');
    return;
  }
  if (code === FRAME) {
    machine.reader.uint64();
    return;
  }
  const name = NAMES[code] ?? '';
  const literal = LITERALS[name];
  if (literal !== undefined) {
    machine.stack.push(literal(machine));
    return;
  }
  const act = CONTAINERS[name] ?? OBJECTS[name];
  if (act === undefined)
    throw new FormatError(
      'its pickle is damaged',
      `instruction 0x${code.toString(16)}`,
      'an instruction of pickle',
    );
  act(machine);
}

function last(machine: Machine): Pickled {
  const value = pop(machine);
  if (machine.stack.length > 0 || machine.marks.length > 0) {
    throw new FormatError('its pickle is damaged', 'values left over', 'one value');
  }
  return value;
}

function refusePersistentId(): Pickled {
  throw new FormatError('its pickle is damaged', 'a persistent id', 'none here');
}
