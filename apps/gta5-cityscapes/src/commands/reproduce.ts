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
import { SEGMENTATION_RECIPE } from '@syn2real/minibench';
import { Command } from 'commander';
import { z } from 'zod';
import { policyOptions } from '../config/policy-options.js';
import { recipeOptions, runOptions } from '../config/train-options.js';
import { type Benchmark, miniBenchmark, ownBenchmark } from '../reproduce/benchmark.js';
import { planOf } from '../reproduce/plan.js';
import { reproduce } from '../reproduce/reproduce.js';
import { startGta5Cityscapes } from '../reproduce/start.js';
import { SUITES, suitesOf } from '../reproduce/suites.js';
import { prepare } from './prepare.js';

const count = (least = 1) => z.coerce.number().int().min(least);
const text = () => z.string().min(1);

const options = {
  source: option('--source <dir>', 'folder in GTA5 layout (default: the mini benchmark)', text().optional()),
  target: option('--target <dir>', 'with --source: folder in Cityscapes layout', text().optional()),
  weights: option(
    '--weights <source>',
    'with --source: pretrained weights (default: timm/vgg16.tv_in1k)',
    text().optional(),
  ),
  backbone: option(
    '--backbone <name>',
    'with --source: their network (default: vgg16-fcn)',
    recipeOptions.backbone.schema.unwrap().optional(),
  ),
  retention: option(
    '--retention <dir>',
    'with --source: images of the old task in one folder per class',
    text().optional(),
  ),
  seeds: option('--seeds <n>', 'runs of each row, with seeds from 0 on', count().default(5)),
  jobs: option(
    '--jobs <n>',
    'processes at a time (default: a core each on the mini benchmark, 1 with --source)',
    count().optional(),
  ),
  epochs: option('--epochs <n>', 'epochs (default: 6, with --source 50)', count().optional()),
  policyEpochs: option(
    '--policy-epochs <n>',
    "epochs' worth of steps that a policy learns for (default: 10, with --source 50)",
    count().optional(),
  ),
  sourceCount: option(
    '--source-count <n>',
    'mini benchmark: printed scenes to train on',
    count().default(600),
  ),
  heldOutCount: option(
    '--held-out-count <n>',
    'mini benchmark: printed scenes held out',
    count().default(100),
  ),
  targetCount: option(
    '--target-count <n>',
    'mini benchmark: handwritten scenes to measure on',
    count().default(300),
  ),
  out: option(
    '--out <dir>',
    'folder of data, runs, tables and report',
    text().default('runs/reproduce-segmentation'),
  ),
  list: option('--list', 'only print the trials that would run', z.boolean().default(false)),
} as const;

type Asked = OptionValues<typeof options>;

/** `gta5-cityscapes reproduce` */
export function reproduceCommand(io: Partial<SuiteIo> = {}): Command {
  const command = new Command('reproduce')
    .description(
      "run the paper's table and figures of segmentation, on the mini benchmark or your own data; a stopped suite goes on where it was",
    )
    .argument('<what>', [...SUITES, 'all'].join(', '))
    .argument('[options...]', 'after --: options of train and train-policy, for every trial');
  return addOptions(command, options).action(
    async (what: string, more: string[], given: Record<string, unknown>) => {
      const suite = parseSuite(what, SUITES);
      const asked = parseOptions(options, given);
      const benchmark = benchmarkOf(asked, trialOptions(more));
      const own = asked.source !== undefined;
      const all = {
        benchmark,
        suites: suitesOf(suite, benchmark),
        seeds: asked.seeds,
        jobs: asked.jobs ?? (own ? 1 : availableParallelism()),
        policyEpochs: asked.policyEpochs ?? (own ? 50 : 10),
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
            const { sourceCount, heldOutCount, targetCount } = asked;
            await prepare(miniFolder(asked), { sourceCount, heldOutCount, targetCount });
          },
          run: (suiteIo) => reproduce(all, suiteIo),
        },
        { start: startGta5Cityscapes, ...io },
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

function benchmarkOf(asked: Asked, more: ReturnType<typeof trialOptions>): Benchmark {
  const { source, target, weights, backbone, retention, epochs, heldOutCount } = asked;
  if (source === undefined) {
    const misplaced = {
      '--target': target,
      '--weights': weights,
      '--backbone': backbone,
      '--retention': retention,
    };
    const named = Object.entries(misplaced).filter(([, value]) => value !== undefined);
    if (named.length > 0) {
      throw new UserError({
        what: 'the mini benchmark has its own target, network and old task',
        got: named.map(([flag, value]) => `${flag} ${value}`).join(' '),
        fix: 'give --source too, or leave them out',
      });
    }
    const mini = miniBenchmark({
      data: miniFolder(asked),
      epochs: epochs ?? SEGMENTATION_RECIPE.epochs,
      heldOut: heldOutCount,
    });
    return {
      ...mini,
      given: { ...mini.given, ...more.given },
      settings: { ...mini.settings, ...more.settings },
      policy: { ...mini.policy, ...more.policy },
      lambda: more.given.lambda ?? mini.lambda,
    };
  }
  if (target === undefined) {
    throw new UserError({
      what: '--source needs --target, the images to measure on',
      got: 'none',
      fix: 'pass the folder in Cityscapes layout',
    });
  }
  for (const [flag, folder] of Object.entries({ '--source': source, '--target': target })) {
    if (existsSync(folder)) continue;
    throw new UserError({ what: 'a data folder does not exist', got: folder, fix: `check ${flag}` });
  }
  const given = {
    weights: weights ?? 'timm/vgg16.tv_in1k',
    ...more.given,
    source,
    target,
    ...(backbone === undefined ? {} : { backbone }),
    ...(retention === undefined ? {} : { retention }),
    ...(epochs === undefined ? {} : { epochs }),
  };
  const own = ownBenchmark(given, { settings: more.settings, policy: more.policy });
  return { ...own, lambda: more.given.lambda ?? own.lambda };
}
