import { FormatError } from '../errors.js';
import { allowedGlobal, refused } from './globals.js';
import { type Machine, pop, popMark, spend, top, wrongValue } from './machine.js';
import { setNumpyState } from './numpy-scalar.js';
import { tensorView } from './tensor-view.js';
import { describe, isKind, type Pickled, type PickledGlobal, type TensorRef } from './values.js';

const CREATED_WITH_NEWOBJ =
  /^(torch\.nn\.parameter\.Parameter|torch\.(cuda\.)?\w+Tensor|collections\.OrderedDict)$/;

/** What each opcode that names, calls or builds objects does: it makes data from a fixed list of names, or refuses. */
export const OBJECTS: Readonly<Record<string, (machine: Machine) => void>> = {
  GLOBAL: (machine) => {
    const module = machine.reader.line();
    machine.stack.push(allowedGlobal(module, machine.reader.line()));
  },
  STACK_GLOBAL: (machine) => {
    const name = pop(machine);
    const module = pop(machine);
    if (typeof name !== 'string' || typeof module !== 'string')
      throw wrongValue(name, 'the name of a global');
    machine.stack.push(allowedGlobal(module, name));
  },
  REDUCE: (machine) => {
    const args = pop(machine);
    const callee = pop(machine);
    machine.stack.push(call(machine, callee, args));
  },
  NEWOBJ: (machine) => {
    const args = pop(machine);
    const callee = pop(machine);
    if (!isKind(callee, 'global') || !CREATED_WITH_NEWOBJ.test(callee.name)) throw refused(describe(callee));
    machine.stack.push(call(machine, callee, args));
  },
  BUILD: (machine) => {
    const state = pop(machine);
    build(machine, top(machine), state);
  },
  PERSID: (machine) => {
    machine.stack.push(machine.persistentLoad(machine.reader.line()));
  },
  BINPERSID: (machine) => {
    machine.stack.push(machine.persistentLoad(pop(machine)));
  },
  INST: ({ reader }) => {
    const module = reader.line();
    throw refused(`${module}.${reader.line()}`);
  },
  OBJ: (machine) => {
    throw refused(describe(popMark(machine)[0]));
  },
  NEWOBJ_EX: (machine) => {
    pop(machine);
    pop(machine);
    throw refused(describe(pop(machine)));
  },
  EXT1: ({ reader }) => {
    throw refused(`extension ${reader.byte()}`);
  },
  EXT2: ({ reader }) => {
    throw refused(`extension ${reader.uint16()}`);
  },
  EXT4: ({ reader }) => {
    throw refused(`extension ${reader.uint32()}`);
  },
  NEXT_BUFFER: () => {
    throw refused('out-of-band buffer');
  },
  READONLY_BUFFER: () => {
    throw refused('out-of-band buffer');
  },
  BYTEARRAY8: () => {
    throw refused('builtins.bytearray');
  },
};

function call(machine: Machine, callee: Pickled, args: Pickled): Pickled {
  if (!isKind(callee, 'global') || callee.call === undefined) throw refused(`calling ${describe(callee)}`);
  if (!Array.isArray(args)) throw wrongValue(args, 'a tuple of arguments');
  spend(
    machine,
    args.reduce<number>((sum, arg) => sum + sizeOf(arg), 0),
  );
  const value = callee.call(args);
  if (isOrderedDict(callee) && value instanceof Map) machine.ordered.add(value);
  return value;
}

function sizeOf(value: Pickled): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 1;
}

function isOrderedDict(callee: PickledGlobal): boolean {
  return callee.name === 'collections.OrderedDict';
}

function build(machine: Machine, target: Pickled, state: Pickled): void {
  if (isKind(target, 'numpy-dtype')) setNumpyState(target, state);
  else if (isKind(target, 'tensor')) buildTensor(target, state);
  else if (!(target instanceof Map && machine.ordered.has(target) && state instanceof Map)) {
    throw refused(`setting the state of ${describe(target)}`);
  }
}

/**
 * Old PyTorch: a tensor's state is (storage, offset, size, stride); a parameter's is (requires_grad, volatile, hooks),
 * or five values that begin with its data.
 */
function buildTensor(tensor: TensorRef, state: Pickled): void {
  if (!Array.isArray(state)) throw wrongValue(state, 'the state of a tensor');
  const [data] = state;
  if (state.length === 4) tensor.view = tensorView(state);
  else if (state.length === 5 && isKind(data, 'tensor')) tensor.view = data.view;
  else if (state.length !== 3)
    throw new FormatError('it holds a damaged tensor', `${state.length} values`, '3, 4 or 5');
}
