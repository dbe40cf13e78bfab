import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { prepare as prepareScenes } from '@syn2real/app-gta5-cityscapes';
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
  type SuiteIo,
  suiteCost,
  timeSuite,
  whileSuiteRuns,
} from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { SEGMENTATION_RECIPE } from '@syn2real/minibench';
import { Command } from 'commander';
import { z } from 'zod';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { denseRecipeOptions } from '../dense/options.js';
import { type Benchmark, HELD_OUT, miniSelfTraining, ownSelfTraining } from '../reproduce/benchmark.js';
import {
  PAPER_SUITES,
  type PaperSuite,
  type ReproduceOptions,
  rowsWithRuns,
  stagesOf,
} from '../reproduce/reproduce.js';
import { runStages, type StagedWork, startAny } from '../reproduce/run-stages.js';
import {
  miniSegmentation,
  type SegmentationOptions,
  segmentationRuns,
  segmentationStages,
} from '../reproduce/segmentation.js';
import { writeResults } from '../reproduce/write-results.js';
import { writeSegmentation } from '../reproduce/write-segmentation.js';

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
  epochs: option(
    '--epochs <n>',
    'epochs of a start (default: 3, with --data 30; segmentation: 6)',
    count().optional(),
  ),
  policyEpochs: option(
    '--policy-epochs <n>',
    "epochs' worth of steps that ASG's policy learns for (default: 15, with --data 50)",
    count().optional(),
  ),
  source: option(
    '--source <n>',
    `mini benchmark: printed digits to train on (default: 4000; ${HELD_OUT} more are held out); segmentation: scenes (default: 600)`,
    count().optional(),
  ),
  target: option(
    '--target <n>',
    'mini benchmark: handwritten digits to adapt to (default: 2000); segmentation: scenes (default: 300)',
    count().optional(),
  ),
  heldOut: option(
    '--held-out <n>',
    'segmentation: printed scenes held out (default: 100)',
    count().optional(),
  ),
  out: option(
    '--out <dir>',
    'folder of data, runs, tables and report; starts that visda17 reproduce has made there are used, or gta5-cityscapes reproduce (default: runs/reproduce; segmentation: runs/reproduce-segmentation)',
    z.string().min(1).optional(),
  ),
  embedding: option(
    '--embedding <name>',
    'of fig10: tsne, or umap',
    z.enum(['tsne', 'umap']).default('tsne'),
  ),
  list: option('--list', 'only print what would run', z.boolean().default(false)),
} as const;

type Asked = OptionValues<typeof options>;

/** What can be reproduced: tables and figures of the paper, which together are `all`, and what it does not have. */
const SUITES = [...PAPER_SUITES, 'segmentation'] as const;

/** Work in stages, and what is made of its results. */
interface Suite extends StagedWork {
  /** Writes the benchmark's data, where it has its own. */
  prepare(): Promise<void>;
  /** Writes tables and report. */
  write(): Promise<void>;
}

/** `self-training reproduce` */
export function reproduceCommand(io: Partial<SuiteIo> = {}): Command {
  const command = new Command('reproduce')
    .description(
      "run the paper's Table 4 or Figure 10, on the mini benchmark or your own data, or self-training of segmentation on the mini benchmark; a stopped suite goes on where it was",
    )
    .argument('<what>', `${SUITES.join(', ')}; or all: ${PAPER_SUITES.join(', ')}`)
    .argument('[options...]', 'after --: options of train, for every adaptation');
  return addOptions(command, options).action(
    async (what: string, more: string[], given: Record<string, unknown>) => {
      const named = parseSuite(what, SUITES);
      const asked = parseOptions(options, given);
      const suite =
        named === 'segmentation'
          ? segmentationSuite(asked, more)
          : paperSuite(asked, more, named === 'all' ? PAPER_SUITES : [named]);
      const tasks = suite.stages.flat();
      if (asked.list) {
        for (const task of tasks) {
          process.stdout.write(`${task.done() ? 'done   ' : 'to run '} ${task.name}  ${task.label}\n`);
        }
        return;
      }
      const run = async (suiteIo: SuiteIo): Promise<void> => {
        const clock = { logs: join(suite.out, 'logs'), name: `self-training ${named}` };
        const failures = await timeSuite(clock, () => runStages(suite, suiteIo));
        await suite.write();
        suiteIo.stream.write(`${costLine(suiteCost(clock, tasks))}\n`);
        complain(failures);
      };
      await whileSuiteRuns(suite.out, { prepare: suite.prepare, run }, { start: startAny, ...io });
    },
  );
}

function paperSuite(asked: Asked, more: readonly string[], suites: readonly PaperSuite[]): Suite {
  const own = asked.data !== undefined;
  const { out = 'runs/reproduce', source = 4000, target = 2000, seeds, embedding } = asked;
  const all: ReproduceOptions = {
    benchmark: benchmarkOf({ ...asked, out, source }, more),
    suites,
    seeds,
    jobs: asked.jobs ?? (own ? 1 : availableParallelism()),
    policyEpochs: asked.policyEpochs ?? (own ? 50 : 15),
    out,
    embedding,
  };
  return {
    out,
    jobs: all.jobs,
    stages: stagesOf(all),
    async prepare() {
      if (!own) await prepare(join(out, 'data'), { sourceCount: source + HELD_OUT, targetCount: target });
    },
    write: () => writeResults(all, rowsWithRuns(all)),
  };
}

function segmentationSuite(asked: Asked, more: readonly string[]): Suite {
  const { data, weights, backbone, policyEpochs } = asked;
  const misplaced = Object.entries({ data, weights, backbone, 'policy-epochs': policyEpochs }).filter(
    ([, value]) => value !== undefined,
  );
  if (misplaced.length > 0) {
    throw new UserError({
      what: 'self-training of segmentation is reproduced on the mini benchmark alone',
      got: misplaced.map(([name, value]) => `--${name} ${value}`).join(' '),
      fix: 'leave them out, or adapt a run on your own data: self-training train --task gta5-cityscapes --init RUN',
    });
  }
  const { out = 'runs/reproduce-segmentation', source = 600, heldOut = 100, target = 300 } = asked;
  const { given, settings } = parseRest(more, { given: denseRecipeOptions, settings: runOptions });
  const mini = miniSegmentation({
    out,
    epochs: asked.epochs ?? SEGMENTATION_RECIPE.epochs,
    source,
    heldOut,
    target,
  });
  const all: SegmentationOptions = {
    ...mini,
    given: { ...mini.given, ...given },
    settings: { ...mini.settings, ...settings },
    out,
    seeds: asked.seeds,
    jobs: asked.jobs ?? availableParallelism(),
  };
  return {
    out,
    jobs: all.jobs,
    stages: segmentationStages(all),
    prepare: () =>
      prepareScenes(join(out, 'data'), {
        sourceCount: source,
        heldOutCount: heldOut,
        targetCount: target,
      }),
    write: () => writeSegmentation(all, segmentationRuns(all)),
  };
}

type BenchmarkAsked = Asked & { readonly out: string; readonly source: number };

function benchmarkOf(asked: BenchmarkAsked, more: readonly string[]): Benchmark {
  const { given, settings } = parseRest(more, { given: recipeOptions, settings: runOptions });
  const benchmark = benchmarkOn(asked);
  return {
    ...benchmark,
    given: { ...benchmark.given, ...given },
    settings: { ...benchmark.settings, ...settings },
  };
}

function benchmarkOn({ data, weights, backbone, epochs, out, source }: BenchmarkAsked): Benchmark {
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
