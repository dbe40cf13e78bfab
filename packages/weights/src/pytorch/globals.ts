import { FormatError, quote } from '../errors.js';
import type { DType } from '../tensor-record.js';
import { numpyDType, numpyScalar } from './numpy-scalar.js';
import { rebuildTensor } from './tensor-view.js';
import { describe, isKind, type Pickled, type PickledGlobal } from './values.js';

const STORAGES: Readonly<Record<string, DType>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
};

const DTYPES = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
  'complex64',
  'complex128',
];

/** Everything that a pickle may name, by "module.name"; calling one builds data and nothing else. */
export const ALLOWED_GLOBALS: ReadonlyMap<string, PickledGlobal> = new Map(
  [...containers(), ...tensors(), ...numpy()].map((entry) => [entry.name, entry]),
);

/**
 * The global of that name.
 *
 * @throws FormatError naming it when it is not one of the few that build data
 */
export function allowedGlobal(module: string, name: string): PickledGlobal {
  const known = ALLOWED_GLOBALS.get(`${module === '__builtin__' ? 'builtins' : module}.${name}`);
  if (known === undefined) throw refused(`${module}.${name}`);
  return known;
}

/** The refusal of a class or function that a pickle wants to use. */
export function refused(name: string): FormatError {
  return new FormatError(
    `its pickle asks for ${quote(name)}, which is not loaded: it may run code`,
    quote(name),
    'tensors, dicts, lists, texts and numbers alone',
    'if you trust the file, load it in Python and save its weights alone: torch.save(model.state_dict(), path)',
  );
}

function containers(): PickledGlobal[] {
  return [
    global('collections.OrderedDict', orderedDict),
    global('builtins.set', ([items]) => new Set(listOf(items))),
    global('builtins.frozenset', ([items]) => new Set(listOf(items))),
    global('torch.Size', ([sizes]) => listOf(sizes)),
    global('_codecs.encode', ([text, encoding]) => {
      if (typeof text !== 'string' || encoding !== 'latin1')
        throw wrong('_codecs.encode', [text ?? null, encoding ?? null]);
      return new Uint8Array(Buffer.from(text, 'latin1'));
    }),
  ];
}

function tensors(): PickledGlobal[] {
  const makeEmpty = (): Pickled => ({ kind: 'tensor' });
  const firstTensor = (args: readonly Pickled[]): Pickled => {
    const [data] = args;
    if (args.length === 0) return makeEmpty();
    if (!isKind(data, 'tensor')) throw wrong('Parameter', args);
    return data;
  };
  return [
    global('torch._utils._rebuild_tensor_v2', rebuildTensor),
    global('torch._utils._rebuild_tensor', rebuildTensor),
    global('torch._utils._rebuild_parameter', firstTensor),
    global('torch._utils._rebuild_parameter_with_state', firstTensor),
    global('torch.nn.parameter.Parameter', firstTensor),
    ...Object.entries(STORAGES).flatMap(([name, dtype]): PickledGlobal[] => [
      { kind: 'global', name: `torch.${name}Storage`, dtype },
      { kind: 'global', name: `torch.cuda.${name}Storage`, dtype },
      { kind: 'global', name: `torch.${name}Tensor`, call: makeEmpty },
      { kind: 'global', name: `torch.cuda.${name}Tensor`, call: makeEmpty },
    ]),
    ...DTYPES.map((name): PickledGlobal => ({ kind: 'global', name: `torch.${name}` })),
  ];
}

function numpy(): PickledGlobal[] {
  return [
    global('numpy.dtype', numpyDType),
    global('numpy.core.multiarray.scalar', numpyScalar),
    global('numpy._core.multiarray.scalar', numpyScalar),
  ];
}

function global(name: string, call: (args: readonly Pickled[]) => Pickled): PickledGlobal {
  return { kind: 'global', name, call };
}

function orderedDict(args: readonly Pickled[]): Pickled {
  const dict = new Map<Pickled, Pickled>();
  if (args.length === 0) return dict;
  for (const pair of listOf(args[0])) {
    const [key, value] = listOf(pair);
    if (key === undefined || value === undefined) throw wrong('OrderedDict', args);
    dict.set(key, value);
  }
  return dict;
}

function listOf(value: Pickled | undefined): Pickled[] {
  if (Array.isArray(value)) return value;
  throw new FormatError('its pickle is damaged', describe(value), 'a list');
}

function wrong(name: string, args: readonly Pickled[]): FormatError {
  return new FormatError(
    'its pickle is damaged',
    `${name}(${args.map(describe).join(', ').slice(0, 200)})`,
    'the arguments PyTorch writes',
  );
}
