import { type Machine, pop, popMark, top, wrongValue } from './machine.js';
import type { Pickled } from './values.js';

/** What each opcode that builds or fills containers, or keeps values, does to the machine. */
export const CONTAINERS: Readonly<Record<string, (machine: Machine) => void>> = {
  MARK: ({ stack, marks }) => {
    marks.push(stack.length);
  },
  POP: (machine) => {
    if (machine.marks.at(-1) === machine.stack.length) machine.marks.pop();
    else pop(machine);
  },
  POP_MARK: (machine) => {
    popMark(machine);
  },
  DUP: (machine) => {
    machine.stack.push(top(machine));
  },
  EMPTY_LIST: ({ stack }) => {
    stack.push([]);
  },
  EMPTY_TUPLE: ({ stack }) => {
    stack.push([]);
  },
  EMPTY_DICT: ({ stack }) => {
    stack.push(new Map());
  },
  EMPTY_SET: ({ stack }) => {
    stack.push(new Set());
  },
  LIST: (machine) => {
    machine.stack.push(popMark(machine));
  },
  TUPLE: (machine) => {
    machine.stack.push(popMark(machine));
  },
  TUPLE1: (machine) => {
    machine.stack.push([pop(machine)]);
  },
  TUPLE2: (machine) => {
    const second = pop(machine);
    machine.stack.push([pop(machine), second]);
  },
  TUPLE3: (machine) => {
    const third = pop(machine);
    const second = pop(machine);
    machine.stack.push([pop(machine), second, third]);
  },
  DICT: (machine) => {
    const items = popMark(machine);
    const dict = new Map<Pickled, Pickled>();
    setItems(dict, items);
    machine.stack.push(dict);
  },
  FROZENSET: (machine) => {
    machine.stack.push(new Set(popMark(machine)));
  },
  APPEND: (machine) => {
    const value = pop(machine);
    listAt(machine).push(value);
  },
  APPENDS: (machine) => {
    const values = popMark(machine);
    const list = listAt(machine);
    for (const value of values) list.push(value);
  },
  SETITEM: (machine) => {
    const value = pop(machine);
    const key = pop(machine);
    dictAt(machine).set(key, value);
  },
  SETITEMS: (machine) => {
    const items = popMark(machine);
    setItems(dictAt(machine), items);
  },
  ADDITEMS: (machine) => {
    const values = popMark(machine);
    const set = top(machine);
    if (!(set instanceof Set)) throw wrongValue(set, 'a set');
    for (const value of values) set.add(value);
  },
  PUT: (machine) => {
    put(machine, Number(machine.reader.line()));
  },
  BINPUT: (machine) => {
    put(machine, machine.reader.byte());
  },
  LONG_BINPUT: (machine) => {
    put(machine, machine.reader.uint32());
  },
  MEMOIZE: (machine) => {
    put(machine, machine.memo.size);
  },
  GET: (machine) => {
    get(machine, Number(machine.reader.line()));
  },
  BINGET: (machine) => {
    get(machine, machine.reader.byte());
  },
  LONG_BINGET: (machine) => {
    get(machine, machine.reader.uint32());
  },
};

function put(machine: Machine, index: number): void {
  if (!Number.isSafeInteger(index) || index < 0) throw wrongValue(null, 'an index into the memo');
  machine.memo.set(index, top(machine));
}

function get(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined) throw wrongValue(value, `a value remembered as ${index}`);
  machine.stack.push(value);
}

function listAt(machine: Machine): Pickled[] {
  const list = top(machine);
  if (!Array.isArray(list)) throw wrongValue(list, 'a list');
  return list;
}

function dictAt(machine: Machine): Map<Pickled, Pickled> {
  const dict = top(machine);
  if (!(dict instanceof Map)) throw wrongValue(dict, 'a dict');
  return dict;
}

/** Fills a dict from key, value, key, value, … */
function setItems(dict: Map<Pickled, Pickled>, items: readonly Pickled[]): void {
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i];
    const value = items[i + 1];
    if (key === undefined || value === undefined) throw wrongValue(value, 'a value for every key');
    dict.set(key, value);
  }
}
