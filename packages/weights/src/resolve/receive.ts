import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '@syn2real/core';
import { writeFully } from '../atomic-write.js';
import { messageOf, Transient } from './fetch-file.js';

/** How far a download is. */
export interface DownloadProgress {
  readonly url: string;
  readonly receivedBytes: number;
  /** Undefined when the server does not say. */
  readonly totalBytes: number | undefined;
}

/** What bounds a transfer and follows it. */
interface Transfer {
  readonly url: string;
  readonly maxBytes: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/**
 * Writes an answer's body to a file from byte `start` on.
 *
 * @throws Transient when the connection ends early
 * @throws UserError when there are more than `maxBytes`
 */
export async function receive(
  transfer: Transfer,
  response: Response,
  path: string,
  start: number,
  totalBytes: number | undefined,
  onChunk: () => void,
): Promise<void> {
  const { url, maxBytes, onProgress } = transfer;
  if (totalBytes !== undefined && totalBytes > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(url, totalBytes, maxBytes);
  }
  const file: FileHandle = await open(path, start > 0 ? 'r+' : 'w');
  let receivedBytes = start;
  try {
    onProgress({ url, receivedBytes, totalBytes });
    for await (const chunk of chunksOf(response)) {
      onChunk();
      if (receivedBytes + chunk.byteLength > maxBytes)
        throw tooLarge(url, receivedBytes + chunk.byteLength, maxBytes);
      await writeFully(file, chunk, receivedBytes);
      receivedBytes += chunk.byteLength;
      onProgress({ url, receivedBytes, totalBytes });
    }
    if (totalBytes !== undefined && receivedBytes !== totalBytes) {
      throw new Transient(`the connection ended after ${receivedBytes} of ${totalBytes} bytes`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The body's pieces; what the network does wrong is {@link Transient}. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new Transient(messageOf(error), { cause: error });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function tooLarge(url: string, bytes: number, maxBytes: number): UserError {
  return new UserError({
    what: `${url} is larger than allowed`,
    got: `${bytes} bytes or more`,
    expected: `at most ${maxBytes} bytes`,
    fix: 'check the address, or raise the option maxBytes',
  });
}
