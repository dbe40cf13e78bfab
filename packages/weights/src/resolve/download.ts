import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '@syn2real/core';
import { openSource } from '../byte-source.js';
import { errorCode, FormatError, systemError } from '../errors.js';
import { sniff } from '../sniff.js';
import { type Fetch, fetchFile, Transient } from './fetch-file.js';
import {
  claimPartial,
  dropAbandoned,
  dropPartial,
  newPartial,
  type Partial,
  releasePartial,
  versionOf,
} from './partial.js';
import { type DownloadProgress, receive } from './receive.js';
import { sha256Of, writeSidecar } from './sha256.js';

/** What to download, and how. */
export interface DownloadRequest {
  readonly url: string;
  readonly destination: string;
  /** Whole checksum or its first digits. */
  readonly sha256: string | undefined;
  readonly maxBytes: number;
  /** Attempts in a row that bring nothing new. */
  readonly retries: number;
  /** Longest silence of the server. */
  readonly stallMs: number;
  readonly fetch: Fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal | undefined;
}

interface State {
  partial: Partial | undefined;
  announced: string | undefined;
  resumed: boolean;
}

/**
 * Downloads a file beside its destination, going on where an earlier attempt stopped, verifies it and renames it.
 *
 * @returns its SHA-256
 * @throws UserError when it cannot be had, is too large, or has another checksum
 */
export async function download(request: DownloadRequest): Promise<string> {
  try {
    await mkdir(dirname(request.destination), { recursive: true });
    const state: State = {
      partial: await claimPartial(request.destination),
      announced: undefined,
      resumed: false,
    };
    try {
      return await fetchAndVerify(request, state);
    } catch (error) {
      if (state.partial !== undefined) await releasePartial(request.destination, state.partial);
      throw error;
    }
  } catch (error) {
    const code =
      error instanceof UserError || request.signal?.aborted === true ? undefined : errorCode(error);
    throw code === undefined ? error : systemError(error, code, request.destination);
  }
}

async function fetchAndVerify(request: DownloadRequest, state: State): Promise<string> {
  for (;;) {
    await fetchWhole(request, state);
    const partial = state.partial;
    if (partial === undefined) throw new Transient('nothing arrived');
    const sha256 = await sha256Of(partial.path);
    const expected = request.sha256 ?? state.announced;
    if (expected === undefined || sha256.startsWith(expected)) {
      if (expected === undefined) await checkContent(request, state, partial);
      await rename(partial.path, request.destination);
      state.partial = undefined;
      await writeSidecar(request.destination, sha256);
      await dropAbandoned(request.destination);
      return sha256;
    }
    await dropPartial(partial);
    state.partial = undefined;
    if (state.resumed) {
      state.resumed = false;
      continue;
    }
    throw new UserError({
      what: `${request.url} has another checksum than expected; it was not kept`,
      got: `SHA-256 ${sha256}`,
      expected: expected.length < 64 ? `one that begins with ${expected}` : expected,
      fix: 'try again; if it stays so, the file was replaced or the connection is not to be trusted',
    });
  }
}

/** A server may answer with a login or error page and call it a success. */
async function checkContent(request: DownloadRequest, state: State, partial: Partial): Promise<void> {
  const source = await openSource(partial.path);
  try {
    await sniff(source);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    await dropPartial(partial);
    state.partial = undefined;
    throw new UserError({
      what: `${request.url} is no weights file; it was not kept`,
      got: error.got,
      expected: error.expected,
      fix: 'check the address',
    });
  } finally {
    await source.close();
  }
}

async function fetchWhole(request: DownloadRequest, state: State): Promise<void> {
  let best = await sizeOf(state.partial);
  for (let failures = 0; ; ) {
    try {
      if (await attempt(request, state)) return;
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof Transient)) throw error;
      const size = await sizeOf(state.partial);
      failures = size > best ? 1 : failures + 1;
      best = Math.max(best, size);
      if (failures > request.retries) throw error;
      await pause(request, Math.min(500 * 2 ** (failures - 1), 15_000));
    }
  }
}

/** Waits, but not past an abort. @throws the abort's reason */
async function pause({ sleep, signal }: DownloadRequest, ms: number): Promise<void> {
  if (signal === undefined) return sleep(ms);
  const done = new AbortController();
  const aborted = new Promise<void>((end) =>
    signal.addEventListener('abort', () => end(), { signal: done.signal }),
  );
  await Promise.race([sleep(ms), aborted]);
  done.abort();
  signal.throwIfAborted();
}

/** One request. Returns whether the file is complete; false when the part at hand had to be dropped. */
async function attempt(request: DownloadRequest, state: State): Promise<boolean> {
  const stall = new AbortController();
  const signal =
    request.signal === undefined ? stall.signal : AbortSignal.any([stall.signal, request.signal]);
  const silence = new Error(`the server was silent for ${request.stallMs / 1000} s`);
  const timer = setTimeout(() => stall.abort(silence), request.stallMs);
  try {
    const from = await sizeOf(state.partial);
    const { response, announcedSha256 } = await fetchFile(request.fetch, request.url, from, signal);
    state.announced ??= announcedSha256;
    const version = versionOf(response.headers.get('etag'), response.headers.get('last-modified'));
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (from > 0 && response.status !== 200) {
      const checked = request.sha256 !== undefined || state.announced !== undefined || version !== 'none';
      const fits =
        response.status === 206 &&
        Number(range?.[1]) === from &&
        version === state.partial?.version &&
        checked;
      if (!fits) {
        await response.body?.cancel();
        await restart(state);
        return false;
      }
    } else if (response.status !== 200) {
      throw new Transient(`HTTP ${response.status} without being asked for a part`);
    } else {
      await restart(state);
    }
    state.partial ??= newPartial(request.destination, version);
    const start = response.status === 206 ? from : 0;
    state.resumed ||= start > 0;
    const total = response.status === 206 ? count(range?.[2]) : count(response.headers.get('content-length'));
    await receive(request, response, state.partial.path, start, total, () => timer.refresh());
    return true;
  } catch (error) {
    throw stall.signal.aborted ? new Transient(silence.message) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function restart(state: State): Promise<void> {
  if (state.partial !== undefined) await dropPartial(state.partial);
  state.partial = undefined;
}

async function sizeOf(partial: Partial | undefined): Promise<number> {
  if (partial === undefined) return 0;
  return stat(partial.path).then(
    ({ size }) => size,
    () => 0,
  );
}

function count(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
