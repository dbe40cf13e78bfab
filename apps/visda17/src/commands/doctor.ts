import { doctor, formatDoctorReport } from '@syn2real/datasets';
import { Command } from 'commander';
import { z } from 'zod';
import { option } from '../config/option.js';
import { addOptions, parseOptions } from '../config/parse.js';
import { recipeOptions } from '../config/train-options.js';
import { ExitCode } from '../exit-code.js';

const options = {
  data: recipeOptions.data,
  deep: option(
    '--deep',
    'open and hash every image too: unreadable files, the same image in two splits',
    z.boolean().default(false),
  ),
  json: option('--json', 'print the report as JSON', z.boolean().default(false)),
} as const;

/** `visda17 doctor` */
export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'check a data folder: counts, lists, labels, files; exits with 1 on a fault',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const { data, deep, json } = parseOptions(options, given);
    await checkData(data, { deep, json });
  });
}

/** Prints the doctor's report on a folder; a fault ends the program with 1. */
export async function checkData(
  data: string,
  { deep, json }: { deep: boolean; json: boolean },
): Promise<void> {
  const report = await doctor(data, { deep });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${formatDoctorReport(report)}\n`);
  if (!report.ok) throw new ExitCode(1);
}
