import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { prepare, trainOptions } from '@syn2real/app-visda17';
import {
  addOptions,
  complain,
  costLine,
  type OptionValues,
  option,
  parseOptions,
  parseRest,
  parseSuite,
  readUsage,
} from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { type Benchmark, HELD_OUT, miniSelfTraining, ownSelfTraining } from '../reproduce/benchmark.js';
import {
  type ReproduceIo,
  type ReproduceOptions,
  runStages,
  SUITES,
  stagesOf,
  startBoth,
} from '../reproduce/reproduce.js';
import { writeResults } from '../reproduce/write-results.js';

const count = () => z.coerce.number().int().min(1);

const options = {
  data: option(
    '--data <dir>',
    'folder in VisDA-17 layout (default: the mini benchmark)',
    z.string().min(1).optional(),
  ),
  weights: option(
    '--weights <source>',
    'with --data: pretrained weights (default: timm/resnet101.tv_in1k)',
    z.string().min(1).optional(),
  ),
  backbone: option(
    '--backbone <name>',
    'with --data: their network (default: resnet101)',
    trainOptions.backbone.schema.unwrap().optional(),
  ),
  seeds: option('--seeds <n>', 'runs of each row, with seeds from 0 on', count().default(5)),
  jobs: option(
    '--jobs <n>',
    'processes at a time (default: a core each on the mini benchmark, 1 with --data)',
    count().optional(),
  ),
  epochs: option('--epochs <n>', 'epochs of a start (default: 3, with --data 30)', count().optional()),
  policyEpochs: option(
    '--policy-epochs <n>',
    "epochs' worth of steps that ASG's policy learns for (default: 15, with --data 50)",
    count().optional(),
  ),
  source: option(
    '--source <n>',
    `mini benchmark: printed digits to train on; ${HELD_OUT} more are held out`,
    count().default(4000),
  ),
  target: option('--target <n>', 'mini benchmark: handwritten digits to adapt to', count().default(2000)),
  out: option(
    '--out <dir>',
    'folder of data, runs, tables and report; starts that visda17 reproduce has made there are used',
    z.string().min(1).default('runs/reproduce'),
  ),
  embedding: option(
    '--embedding <name>',
    'of fig10: tsne, or umap',
    z.enum(['tsne', 'umap']).default('tsne'),
  ),
  list: option('--list', 'only print what would run', z.boolean().default(false)),
} as const;

type Asked = OptionValues<typeof options>;

/** `self-training reproduce` */
export function reproduceCommand(io: Partial<ReproduceIo> = {}): Command {
  const command = new Command('reproduce')
    .description(
      "run the paper's Table 4 or Figure 10, on the mini benchmark or your own data; a stopped suite goes on where it was",
    )
    .argument('<what>', `${SUITES.join(', ')}, or all`)
    .argument('[options...]', 'after --: options of train, for every adaptation');
  return addOptions(command, options).action(
    async (what: string, more: string[], given: Record<string, unknown>) => {
      const named = parseSuite(what, SUITES);
      const suites = named === 'all' ? SUITES : [named];
      const asked = parseOptions(options, given);
      const { seeds, out } = asked;
      const own = asked.data !== undefined;
      const all: ReproduceOptions = {
        benchmark: benchmarkOf(asked, more),
        suites,
        seeds,
        jobs: asked.jobs ?? (own ? 1 : availableParallelism()),
        policyEpochs: asked.policyEpochs ?? (own ? 50 : 15),
        out,
        embedding: asked.embedding,
      };
      if (asked.list) {
        for (const task of stagesOf(all).flat()) {
          process.stdout.write(`${task.done() ? 'done   ' : 'to run '} ${task.name}  ${task.label}\n`);
        }
        return;
      }
      if (!own) {
        await prepare(join(out, 'data'), { sourceCount: asked.source + HELD_OUT, targetCount: asked.target });
      }
      const stop = io.stop ?? interruption();
      try {
        const { start = startBoth, stream = process.stderr } = io;
        const { rows, failures } = await runStages(all, { start, stream, stop });
        await writeResults(all, rows);
        const names = stagesOf(all).flatMap((tasks) => tasks.map(({ name }) => name));
        const { processes, seconds, cpuSeconds } = readUsage(join(out, 'logs'), names);
        stream.write(`${costLine({ wallSeconds: seconds / all.jobs, cpuSeconds, processes })}\n`);
        complain(failures);
      } finally {
        stop.dispose();
      }
    },
  );
}

function benchmarkOf(asked: Asked, more: readonly string[]): Benchmark {
  const { given, settings } = parseRest(more, { given: recipeOptions, settings: runOptions });
  const benchmark = benchmarkOn(asked);
  return {
    ...benchmark,
    given: { ...benchmark.given, ...given },
    settings: { ...benchmark.settings, ...settings },
  };
}

function benchmarkOn({ data, weights, backbone, epochs, out, source }: Asked): Benchmark {
  if (data === undefined) {
    if (weights !== undefined || backbone !== undefined) {
      throw new UserError({
        what: 'the mini benchmark has its own network',
        got: weights === undefined ? `--backbone ${backbone}` : `--weights ${weights}`,
        fix: 'give --data too, or leave them out',
      });
    }
    return miniSelfTraining({ out, epochs: epochs ?? 3, source });
  }
  if (!existsSync(data)) {
    throw new UserError({ what: 'the data folder does not exist', got: data, fix: 'check --data' });
  }
  return ownSelfTraining({
    data,
    weights: weights ?? 'timm/resnet101.tv_in1k',
    ...(backbone === undefined ? {} : { backbone }),
    ...(epochs === undefined ? {} : { epochs }),
  });
}
