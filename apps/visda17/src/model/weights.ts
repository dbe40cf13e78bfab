import type { TorchStateDict } from '@syn2real/backbones';
import { createProgress, type Progress } from '@syn2real/trainer';
import { loadStateDict, resolveWeights, toFloat32StateDict } from '@syn2real/weights';

/** Weights that were found and read. */
export interface LoadedWeights {
  readonly file: string;
  readonly sha256: string;
  readonly tensors: TorchStateDict;
}

/** Finds a file, URL or hub id, fetching and checking it where needed, and reads its tensors. */
export async function loadWeights(source: string, { offline }: { offline: boolean }): Promise<LoadedWeights> {
  let bar: Progress | undefined;
  const { path, sha256 } = await resolveWeights(source, {
    offline,
    onProgress: ({ receivedBytes, totalBytes }) => {
      bar ??= createProgress(process.stderr, {
        total: totalBytes ?? 0,
        label: `fetch ${source}`,
        unit: 'bytes',
        start: receivedBytes,
      });
      bar.update(receivedBytes);
    },
  });
  bar?.stop();
  const { tensors } = await loadStateDict(path);
  return { file: path, sha256, tensors: toFloat32StateDict(tensors) };
}
