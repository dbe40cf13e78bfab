import { addOptions, ExitCode, option, parseOptions } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { doctor, doctorRetention, formatDoctorReport } from '@syn2real/datasets';
import { Command } from 'commander';
import { z } from 'zod';

const options = {
  data: option('--data <dir>', 'folder of the data set, in VisDA-17 layout', z.string().min(1).optional()),
  retention: option(
    '--retention <dir>',
    'images of the old task: in class folders, or in one folder with a label list',
    z.string().min(1).optional(),
  ),
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
    const { data, retention, deep, json } = parseOptions(options, given);
    if (data === undefined && retention === undefined) {
      throw new UserError({
        what: 'nothing to check',
        got: 'neither --data nor --retention',
        fix: 'pass --data, --retention, or both',
      });
    }
    if (data !== undefined) await checkData(data, { deep, json });
    if (retention !== undefined) await checkRetentionImages(retention, json);
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

async function checkRetentionImages(folder: string, json: boolean): Promise<void> {
  const report = await doctorRetention(folder);
  const lines = report.problems.flatMap(({ severity, message, count, examples, fix }) => [
    `${severity}: ${message} (${count})`,
    ...examples.map((example) => `    ${example}`),
    `  fix: ${fix}`,
  ]);
  const { root, classes, images } = report;
  const text = [`${root}: ${images} images of ${classes} classes`, ...lines].join('\n');
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${text}\n`);
  if (!report.ok) throw new ExitCode(1);
}
