import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { main as gta5Cityscapes } from '@syn2real/app-gta5-cityscapes';
import { main as visda17 } from '@syn2real/app-visda17';
import { ExitCode } from '@syn2real/trainer';
import { z } from 'zod';
import { readStart } from '../init/open-init.js';

const config = z.object({
  data: z.string().optional(),
  target: z.string().optional(),
  backbone: z.string().optional(),
  tta: z.string().optional(),
  window: z.number().optional(),
  overlap: z.number().optional(),
  outputStride: z.number().optional(),
});

/**
 * Runs a command of visda17, or of gta5-cityscapes where the run is of pixels, on a run's network: its folder settles
 * weights, network and data, what follows -- is as for that command and wins.
 *
 * @throws ExitCode with that command's code where it is not 0
 */
export async function onRun(
  command: 'evaluate' | 'predict',
  run: string,
  more: readonly string[],
): Promise<void> {
  const { weights, config: settled } = readStart(run, config);
  const { data, target, backbone, tta, window, overlap, outputStride } = settled;
  const isDense = isOfPixels(run);
  const known = isDense
    ? { target, backbone, window, overlap, 'output-stride': outputStride }
    : { data, backbone, ...(command === 'evaluate' ? { tta } : {}) };
  const options = Object.entries(known).flatMap(([key, value]) =>
    value === undefined || more.includes(`--${key}`) ? [] : [`--${key}`, String(value)],
  );
  const program = isDense ? gta5Cityscapes : visda17;
  const code = await program([command, '--weights', weights, ...options, ...more]);
  if (code !== 0) throw new ExitCode(code);
}

function isOfPixels(run: string): boolean {
  const file = join(run, 'summary.json');
  if (!existsSync(run) || !statSync(run).isDirectory() || !existsSync(file)) return false;
  return JSON.parse(readFileSync(file, 'utf8')).task === 'segmentation';
}
