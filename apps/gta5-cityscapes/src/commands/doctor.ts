import { addOptions, ExitCode, option, parseOptions } from '@syn2real/cli';
import { UserError } from '@syn2real/core';
import { doctorDense, formatDenseDoctorReport } from '@syn2real/datasets';
import { createProgress } from '@syn2real/trainer';
import { Command } from 'commander';
import { z } from 'zod';

const options = {
  source: option('--source <dir>', 'folder in GTA5 layout', z.string().min(1).optional()),
  target: option('--target <dir>', 'folder in Cityscapes layout', z.string().min(1).optional()),
  deep: option(
    '--deep',
    'open every image and label too: unreadable files, sizes that differ, ids outside the table',
    z.boolean().default(false),
  ),
  json: option('--json', 'print the report as JSON', z.boolean().default(false)),
} as const;

/** `gta5-cityscapes doctor` */
export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'check data folders: counts, pairs, lists, files, labels; exits with 1 on a fault',
  );
  return addOptions(command, options).action(async (given: Record<string, unknown>) => {
    const parsed = parseOptions(options, given);
    if (parsed.source === undefined && parsed.target === undefined) {
      throw new UserError({
        what: 'nothing to check',
        got: 'neither --source nor --target',
        fix: 'pass --source, --target, or both',
      });
    }
    await checkFolders(parsed);
  });
}

/** Prints the doctor's report on folders; a fault ends the program with 1. */
export async function checkFolders({
  source,
  target,
  deep,
  json,
}: {
  source?: string;
  target?: string;
  deep: boolean;
  json: boolean;
}): Promise<void> {
  const folders = [
    ...(source === undefined ? [] : [{ root: source, layout: 'gta5' as const }]),
    ...(target === undefined ? [] : [{ root: target, layout: 'cityscapes' as const }]),
  ];
  let sound = true;
  for (const { root, layout } of folders) {
    let bar: ReturnType<typeof createProgress> | undefined;
    const report = await doctorDense(root, {
      layout,
      deep,
      onReading: () => {},
      onProgress: (done, total) => {
        bar ??= createProgress(process.stderr, { total, label: root, unit: 'files' });
        bar.update(done);
      },
    });
    bar?.stop();
    process.stdout.write(
      json ? `${JSON.stringify(report, null, 2)}\n` : `${formatDenseDoctorReport(report)}\n`,
    );
    sound &&= report.ok;
  }
  if (!sound) throw new ExitCode(1);
}
