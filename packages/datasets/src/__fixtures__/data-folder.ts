import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** A folder that is gone when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'syn2real-datasets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their relative paths. */
export async function writeFiles(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** A small image whose every pixel differs with the seed. */
export async function imageBytes(seed: number, format: 'png' | 'jpeg' = 'png', width = 12, height = 9): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + seed * 97 + (i >> 4)) & 255);
  return sharp(data, { raw: { width, height, channels: 3 } })[format]().toBuffer();
}

/** A split's list from its lines. */
export const listOf = (...lines: string[]): string => `${lines.join('\n')}\n`;
