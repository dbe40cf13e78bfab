import { parseArgs } from 'node:util';
import { benchController } from './controller.js';
import { benchEngine, ENGINES, type EngineBenchOptions, WORKLOADS } from './engine.js';
import { benchLoader } from './loader.js';
import { toTable } from './summary.js';

const HELP = `Measures this project beside PyTorch and tfjs-node on this machine.

  pnpm bench engine [options]   milliseconds, GFLOP/s and memory of steps, as a table
  pnpm bench controller         what deciding and observing cost beside a ResNet-101 step, as JSON
  pnpm bench loader [options]   images per second from files to transformed batches, as JSON

Options
  --python PYTHON       a Python with torch (the loader's also torchvision, Pillow and
                        opencv-python-headless)
                        default: SYN2REAL_PYTHON, else python3
  --help

Options of engine
  --workloads A,B       default: all of
${WORKLOADS.map(({ name, title }) => `                          ${name.padEnd(24)}${title}`).join('\n')}
  --engines A,B         default: ${ENGINES.join(',')}; those not there are left out
  --rounds N            turns that the engines take, a process each; default 3
  --steps N             steps that count in a turn, after four that warm up; default 5
  --tfjs-node FOLDER    where a tfjs-node is installed (scripts/tfjs-node-from-wheel.sh); default: TFJS_NODE_DIR
  --launcher WORDS      put before each measured program, as in --launcher 'chrt -f 50'; default: nothing
  --json                an array of rows instead of the table; what is going on goes to standard error

A row's time is the median of its quiet steps, those in which other processes kept less than 0.05 processors busy.
`;

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(1);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0
    ? value
    : fail(`--${name} must be a positive integer, got ${text}`);
}

/** The members of `known` that a comma-separated list names. */
function chosen<T>(
  option: string,
  text: string | undefined,
  known: readonly T[],
  nameOf: (one: T) => string,
): T[] {
  if (text === undefined) return [...known];
  return text.split(',').map((name) => {
    const found = known.find((one) => nameOf(one) === name);
    return found ?? fail(`--${option} knows no ${name}; it knows ${known.map(nameOf).join(', ')}`);
  });
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        python: { type: 'string', default: process.env.SYN2REAL_PYTHON ?? 'python3' },
        workloads: { type: 'string' },
        engines: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        steps: { type: 'string', default: '5' },
        'tfjs-node': { type: 'string', default: process.env.TFJS_NODE_DIR },
        launcher: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

const { values, positionals } = parse();
const [kind, ...rest] = positionals;
if (values.help || kind === undefined) {
  console.log(HELP);
} else if (rest.length > 0 || !['engine', 'controller', 'loader'].includes(kind)) {
  fail(`expected one of engine, controller, loader, got ${positionals.join(' ')}`);
} else if (kind === 'loader') {
  console.log(JSON.stringify(await benchLoader(values.python), null, 2));
} else {
  const options: EngineBenchOptions = {
    workloads: chosen('workloads', values.workloads, WORKLOADS, ({ name }) => name),
    engines: chosen('engines', values.engines, ENGINES, String),
    rounds: positive('rounds', values.rounds),
    steps: positive('steps', values.steps),
    python: values.python,
    tfjsNode: values['tfjs-node'],
    launcher: values.launcher.split(' ').filter((word) => word !== ''),
    log: (line) => console.error(line),
  };
  if (kind === 'controller') {
    const workloads = WORKLOADS.filter(({ name }) => name === (values.workloads ?? 'resnet101-b4'));
    console.log(JSON.stringify(await benchController({ ...options, workloads }), null, 2));
    process.exit();
  }
  const rows = await benchEngine(options);
  if (rows.length === 0) fail('nothing could be measured');
  console.log(values.json ? JSON.stringify(rows, null, 2) : toTable(rows));
}
