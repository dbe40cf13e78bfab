import { createProgress, type Progress } from '@syn2real/trainer';
import { loadStateDict, resolveWeights, type StateDict } from '@syn2real/weights';

/** Weights that were found and read. */
export interface LoadedWeights {
  readonly file: string;
  readonly sha256: string;
  /** The file's tensors, in PyTorch's layout. */
  readonly tensors: StateDict;
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
  return { file: path, sha256, tensors };
}
