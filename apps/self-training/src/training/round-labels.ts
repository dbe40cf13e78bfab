import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@syn2real/core';
import type { PseudoLabels } from '@syn2real/self-training';
import {
  fromFloat32,
  readSafetensors,
  type TensorRecord,
  toFloat32,
  writeSafetensors,
} from '@syn2real/weights';

/** Where a run keeps the pseudo-labels of a round. */
export function roundFile(dir: string, round: number): string {
  return join(dir, 'pseudo', `round-${round}.safetensors`);
}

/** Writes a round's labels into the run's folder, beside and renamed. */
export async function writeRoundLabels(
  dir: string,
  round: number,
  { hard, soft, classes }: PseudoLabels,
): Promise<void> {
  const file = roundFile(dir, round);
  await mkdir(join(dir, 'pseudo'), { recursive: true });
  const record: TensorRecord = {
    dtype: 'I32',
    shape: [hard.length],
    data: new Uint8Array(hard.buffer, hard.byteOffset, hard.byteLength),
  };
  await writeSafetensors(
    file,
    { hard: record, ...(soft === undefined ? {} : { soft: fromFloat32(soft, [hard.length, classes]) }) },
    { classes: String(classes) },
  );
}

/** Reads them back. @throws UserError where they are missing or damaged */
export async function readRoundLabels(dir: string, round: number, classes: number): Promise<PseudoLabels> {
  const file = roundFile(dir, round);
  const { tensors } = await readSafetensors(file);
  const { hard, soft } = tensors;
  if (hard?.dtype !== 'I32') {
    throw new UserError({
      what: `${file} holds no pseudo-labels`,
      got: Object.keys(tensors).join(', '),
      fix: 'begin the run anew in another folder',
    });
  }
  return {
    hard: new Int32Array(hard.data.slice().buffer),
    classes,
    ...(soft === undefined ? {} : { soft: toFloat32(soft) }),
  };
}
