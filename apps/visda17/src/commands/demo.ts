import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addOptions, ExitCode, option, parseOptions, say, writeDrawn } from '@syn2real/cli';
import {
  accuracyFigure,
  contactSheetSection,
  methodTable,
  methodTableCsv,
  methodTableMarkdown,
  methodTableText,
  readRuns,
  writeReport,
} from '@syn2real/report';
import { interruption } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';
import { runOptions } from '../config/train-options.js';
import { runTrial } from '../demo/run-trial.js';
import { demoTrials } from '../demo/trials.js';
import { prepare } from './prepare.js';

const count = (preset: number) => z.coerce.number().int().min(1).default(preset);

const options = {
  out: option('--out <dir>', 'folder of data, runs and report', z.string().default('runs/demo')),
  epochs: option('--epochs <n>', 'passes over the source images', count(4)),
  source: option(
    '--source <n>',
    'printed digits to train on; 200 more are held out to measure on',
    count(4000),
  ),
  target: option('--target <n>', 'handwritten digits to measure on', count(2000)),
  seeds: option('--seeds <n>', 'runs of each method, with seeds from 0 on', count(1)),
  quick: option('--quick', 'the shortest form: one epoch of 640 images', z.boolean().default(false)),
} as const;

/** `visda17 demo` */
export function demoCommand(): Command {
  const command = new Command('demo').description(
    'prepare the mini benchmark, train five methods on it, and print what each does on real images and keeps of its old task',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const { quick, ...asked } = parseOptions(options, given);
    await demo(
      quick ? { ...asked, epochs: 1, source: 640, target: 300, warmup: 5 } : { ...asked, warmup: 100 },
    );
  });
}

type Demo = Omit<ReturnType<typeof parseOptions<typeof options>>, 'quick'> & { warmup: number };

/** Source images beside those trained on. */
const HELD_OUT = 200;

async function demo({ out, epochs, source, target, seeds, warmup }: Demo): Promise<void> {
  const data = join(out, 'data');
  await prepare(data, { sourceCount: source + HELD_OUT, targetCount: target });
  const settings = parseOptions(runOptions, { workers: 0, evalBatchSize: 100 });
  const trials = demoTrials({
    data,
    retention: join(data, 'retention'),
    epochs,
    seeds,
    warmup,
    sourceHeldOut: HELD_OUT / (source + HELD_OUT),
  });
  const logged = new Set<string>();
  const log = (line: string): void => {
    if (!logged.has(line)) say(line);
    logged.add(line);
  };
  const stop = interruption();
  try {
    for (const [at, trial] of trials.entries()) {
      const result = await runTrial(trial, out, settings, { log, stop });
      say(`${at + 1}/${trials.length} ${trial.label}, seed ${trial.recipe.seed}: ${result}`);
      if (stop.exitCode !== undefined) throw new ExitCode(stop.exitCode);
    }
  } finally {
    stop.dispose();
  }
  await report(
    out,
    trials.map(({ name }) => join(out, name)),
    join(data, 'contact-sheet.png'),
  );
}

async function report(out: string, dirs: readonly string[], sheet: string): Promise<void> {
  const runs = readRuns(dirs);
  const page = join(out, 'report.html');
  writeReport(page, {
    title: 'Printed to handwritten: what training on synthetic images forgets',
    intro:
      'A network that knows real handwriting of other alphabets is trained on printed digits and measured on real handwritten ones. Its labels are read for measuring only.',
    runs,
    sections: [
      contactSheetSection({
        title: 'The images',
        groups: [
          {
            title: 'Source, target and old task',
            wide: true,
            images: [{ data: await readFile(sheet), caption: 'examples of each' }],
          },
        ],
      }),
    ],
  });
  const metrics = ['target', 'retention'] as const;
  await writeDrawn(
    out,
    metrics.map((metric) => ({ name: metric, svg: accuracyFigure(runs, { metric }) })),
  );
  const table = methodTable(runs);
  await writeFile(join(out, 'table.md'), methodTableMarkdown(table));
  await writeFile(join(out, 'table.csv'), methodTableCsv(table));
  process.stdout.write(`\n${methodTableText(table)}\n`);
  say(`\nreport: ${page}`);
}
