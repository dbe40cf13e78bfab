import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  addOptions,
  listTrials,
  type OptionValues,
  option,
  optionsBeside,
  parseOptions,
  parseRest,
  parseSuite,
  type SuiteIo,
  whileSuiteRuns,
} from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { Command } from 'commander';
import { z } from 'zod';
import { policyOptions } from '../config/policy-options.js';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { type Benchmark, HELD_OUT, miniBenchmark, ownBenchmark } from '../reproduce/benchmark.js';
import { planOf } from '../reproduce/plan.js';
import { reproduce } from '../reproduce/reproduce.js';
import { startVisda17 } from '../reproduce/start.js';
import { rowsOf, SUITES } from '../reproduce/suites.js';
import { prepare } from './prepare.js';

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
    recipeOptions.backbone.schema.unwrap().optional(),
  ),
  retention: option(
    '--retention <dir>',
    'with --data: images of the old task in one folder per class',
    z.string().min(1).optional(),
  ),
  ibnBackbone: option(
    '--ibn-backbone <name>',
    'network of the IBN-Net curves; needs --ibn-weights (default on the mini benchmark: resnet10-28-ibn-a)',
    recipeOptions.backbone.schema.unwrap().optional(),
  ),
  ibnWeights: option('--ibn-weights <source>', 'its pretrained weights', z.string().min(1).optional()),
  seeds: option('--seeds <n>', 'runs of each row, with seeds from 0 on', count().default(5)),
  jobs: option(
    '--jobs <n>',
    'processes at a time (default: a core each on the mini benchmark, 1 with --data)',
    count().optional(),
  ),
  epochs: option('--epochs <n>', 'passes over the source (default: 3, with --data 30)', count().optional()),
  policyEpochs: option(
    '--policy-epochs <n>',
    "epochs' worth of steps that a policy learns for (default: 15, with --data 50)",
    count().optional(),
  ),
  source: option(
    '--source <n>',
    `mini benchmark: printed digits to train on; ${HELD_OUT} more are held out`,
    count().default(4000),
  ),
  target: option('--target <n>', 'mini benchmark: handwritten digits to measure on', count().default(2000)),
  out: option(
    '--out <dir>',
    'folder of data, runs, tables and report',
    z.string().min(1).default('runs/reproduce'),
  ),
  list: option('--list', 'only print the trials that would run', z.boolean().default(false)),
} as const;

type Asked = OptionValues<typeof options>;

/** `visda17 reproduce` */
export function reproduceCommand(io: Partial<SuiteIo> = {}): Command {
  const command = new Command('reproduce')
    .description(
      "run the paper's tables and figures, on the mini benchmark or your own data; a stopped suite goes on where it was",
    )
    .argument('<what>', `${SUITES.join(', ')}; all: those of the paper`)
    .argument('[options...]', 'after --: options of train and train-policy, for every trial');
  return addOptions(command, options).action(
    async (what: string, more: string[], given: Record<string, unknown>) => {
      const suite = parseSuite(what, SUITES);
      const asked = parseOptions(options, given);
      const benchmark = await benchmarkOf(asked, trialOptions(more));
      const suites = rowsOf(suite, benchmark);
      const own = asked.data !== undefined;
      const all = {
        benchmark,
        suites,
        seeds: asked.seeds,
        jobs: asked.jobs ?? (own ? 1 : availableParallelism()),
        policyEpochs: asked.policyEpochs ?? (own ? 50 : 15),
        out: asked.out,
      };
      if (asked.list) {
        process.stdout.write(listTrials(planOf(all)));
        return;
      }
      await whileSuiteRuns(
        asked.out,
        {
          async prepare() {
            if (own) return;
            await prepare(miniFolder(asked), {
              sourceCount: asked.source + HELD_OUT,
              targetCount: asked.target,
            });
          },
          run: (suiteIo) => reproduce(all, suiteIo),
        },
        { start: startVisda17, ...io },
      );
    },
  );
}

const miniFolder = ({ out }: Pick<Asked, 'out'>): string => join(out, 'data');

/** What follows `--`, as `train` and `train-policy` take it. */
const trialOptions = (args: readonly string[]) =>
  parseRest(args, {
    policy: optionsBeside(policyOptions, recipeOptions),
    given: recipeOptions,
    settings: runOptions,
  });

async function benchmarkOf(asked: Asked, more: ReturnType<typeof trialOptions>): Promise<Benchmark> {
  const { data, weights, backbone, retention, epochs } = asked;
  const ibn = ibnOf(asked);
  if (data === undefined) {
    const misplaced = { '--weights': weights, '--backbone': backbone, '--retention': retention };
    const named = Object.entries(misplaced).filter(([, value]) => value !== undefined);
    if (named.length > 0) {
      throw new UserError({
        what: 'the mini benchmark has its own network and old task',
        got: named.map(([flag, value]) => `${flag} ${value}`).join(' '),
        fix: 'give --data too, or leave them out',
      });
    }
    const mini = miniBenchmark({
      data: miniFolder(asked),
      epochs: epochs ?? 3,
      source: asked.source,
      warmup: 100,
    });
    return {
      ...mini,
      given: { ...mini.given, ...more.given },
      settings: { ...mini.settings, ...more.settings },
      policy: { ...mini.policy, ...more.policy },
      ibn: ibn.length > 0 ? ibn : mini.ibn,
    };
  }
  if (!existsSync(data)) {
    throw new UserError({ what: 'the data folder does not exist', got: data, fix: 'check --data' });
  }
  const given = {
    weights: weights ?? 'timm/resnet101.tv_in1k',
    ...more.given,
    data,
    ...(backbone === undefined ? {} : { backbone }),
    ...(retention === undefined ? {} : { retention }),
    ...(epochs === undefined ? {} : { epochs }),
  };
  return ownBenchmark(given, { settings: more.settings, policy: more.policy, ibn });
}

function ibnOf({ ibnBackbone, ibnWeights }: Asked): Benchmark['ibn'] {
  if (ibnBackbone === undefined && ibnWeights === undefined) return [];
  if (ibnBackbone === undefined || ibnWeights === undefined) {
    throw new UserError({
      what: 'the IBN-Net curves need a network and its weights',
      got:
        ibnBackbone === undefined
          ? `--ibn-weights ${ibnWeights} alone`
          : `--ibn-backbone ${ibnBackbone} alone`,
      fix: 'give --ibn-backbone and --ibn-weights, or neither',
    });
  }
  return [{ label: 'IBN-Net', given: { backbone: ibnBackbone, weights: ibnWeights } }];
}
