import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '@syn2real/core';
import { errorCode, quote, systemError } from '../errors.js';
import { cacheFolder } from './cache-folder.js';
import { download } from './download.js';
import { type Fetch, Transient } from './fetch-file.js';
import { KNOWN_WEIGHTS } from './known-weights.js';
import type { DownloadProgress } from './receive.js';
import { readSidecar, sha256Of, writeSidecar } from './sha256.js';
import { type RemoteFile, remoteFile } from './weights-source.js';

/** Options of {@link resolveWeights}. */
export interface ResolveWeightsOptions {
  /** Never use the network. Default false. */
  offline?: boolean;
  /** SHA-256 (or its first digits) that the file must have. Default: the published one, where it is known. */
  sha256?: string;
  /** Take the 8 hex digits before a URL's extension for the start of the SHA-256, as torchvision names files. Default true. */
  checksumInName?: boolean;
  /** Default: `SYN2REAL_CACHE`, else the system's cache folder. */
  cacheFolder?: string;
  /** Where hub ids live. Default: `HF_ENDPOINT`, else `https://huggingface.co`. */
  hubEndpoint?: string;
  /** Largest file accepted, in bytes. Default 4 GiB. */
  maxBytes?: number;
  /** Attempts in a row that bring nothing new before giving up. Default 4. */
  retries?: number;
  /** Longest silence of the server, in milliseconds. Default 60,000. */
  stallMs?: number;
  /** Called as bytes arrive. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download; what has arrived is kept for the next one. */
  signal?: AbortSignal;
  /** Default: the global `fetch`. */
  fetch?: Fetch;
  /** Waits between attempts. Default: a timer. */
  sleep?: (ms: number) => Promise<void>;
}

/** A weights file on the disk. */
export interface ResolvedWeights {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Whether it was the user's own file, in the cache, or has just been downloaded. */
  readonly origin: 'file' | 'cache' | 'download';
  /** Where it came from; undefined for the user's own file. */
  readonly url: string | undefined;
}

const GIB = 1024 ** 3;

/** Downloads in progress in this process, so that two of one file wait for each other. */
const inProgress = new Map<string, Promise<unknown>>();

/**
 * Finds weights: a file's path, a hub id (`timm/resnet101.tv_in1k`, optionally `@revision`), or an http(s) URL.
 *
 * Downloads go to a cache, are resumed after an interruption, verified, and renamed into place; every use of a cached file is
 * verified against the published checksum, or the one kept beside it (`.sha256`) when it was first downloaded.
 *
 * @throws UserError when there is no such file, no network, another checksum, or too many bytes; without a network it says
 * which file to place where
 *
 * @example
 * ```ts
 * const { path } = await resolveWeights('timm/resnet101.tv_in1k');
 * const { tensors } = await loadStateDict(path);
 * ```
 */
export async function resolveWeights(
  source: string,
  options: ResolveWeightsOptions = {},
): Promise<ResolvedWeights> {
  const own = await ownFile(source, options.sha256);
  if (own !== undefined) return own;
  const hubEndpoint = options.hubEndpoint ?? (process.env.HF_ENDPOINT || 'https://huggingface.co');
  const remote = remoteFile(source, hubEndpoint, options.checksumInName ?? true);
  if (remote === undefined) {
    throw new UserError({
      what: 'the weights file does not exist',
      got: resolve(source),
      expected: `a file, a URL, or a hub id such as ${KNOWN_WEIGHTS[0]?.source}`,
      fix: 'check the path',
    });
  }
  const folder =
    options.cacheFolder ?? cacheFolder({ env: process.env, platform: process.platform, home: homedir() });
  const path = join(folder, ...remote.place);
  return oneAtATime(path, async () => {
    const sha256 = (options.sha256 ?? remote.sha256)?.toLowerCase();
    const cached = await cachedFile(path, sha256);
    if (cached !== undefined) return { path, sha256: cached, origin: 'cache', url: remote.url };
    if (options.offline === true) throw unreachable(remote, path, 'the option offline');
    try {
      const request = { ...defaults(options), url: remote.url, destination: path, sha256 };
      return { path, sha256: await download(request), origin: 'download', url: remote.url };
    } catch (error) {
      throw error instanceof Transient ? unreachable(remote, path, error.message, error) : error;
    }
  });
}

function defaults(options: ResolveWeightsOptions) {
  return {
    maxBytes: options.maxBytes ?? 4 * GIB,
    retries: options.retries ?? 4,
    stallMs: options.stallMs ?? 60_000,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    sleep: options.sleep ?? ((ms) => new Promise<void>((done) => setTimeout(done, ms))),
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
  } satisfies Partial<Parameters<typeof download>[0]>;
}

async function ownFile(source: string, expected: string | undefined): Promise<ResolvedWeights | undefined> {
  if (/^[a-z][a-z0-9+-]+:\/\//i.test(source) || !(await isFile(source))) return undefined;
  const path = resolve(source);
  const sha256 = await sha256Of(path).catch((error: unknown) => {
    throw systemError(error, errorCode(error) ?? '', path);
  });
  if (expected !== undefined && !sha256.startsWith(expected.toLowerCase()))
    throw differs(path, sha256, expected, 'name another file');
  return { path, sha256, origin: 'file', url: undefined };
}

/** The checksum of a cached file, verified; undefined when there is none. */
async function cachedFile(path: string, known: string | undefined): Promise<string | undefined> {
  if (!(await isFile(path))) return undefined;
  const kept = await readSidecar(path);
  const sha256 = await sha256Of(path);
  for (const expected of [known, kept]) {
    if (expected !== undefined && !sha256.startsWith(expected)) {
      throw differs(
        path,
        sha256,
        expected,
        `delete it and ${quote(`${path}.sha256`, 300)}, and it is downloaded again`,
      );
    }
  }
  if (kept === undefined) await writeSidecar(path, sha256);
  return sha256;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = inProgress.get(key);
  const mine = (async () => {
    await before?.catch(() => undefined);
    return work();
  })();
  inProgress.set(key, mine);
  try {
    return await mine;
  } finally {
    if (inProgress.get(key) === mine) inProgress.delete(key);
  }
}

function differs(path: string, got: string, expected: string, fix: string): UserError {
  return new UserError({
    what: `${path} is damaged or another file: its checksum is not the expected one`,
    got: `SHA-256 ${got}`,
    expected: expected.length < 64 ? `one that begins with ${expected}` : expected,
    fix,
  });
}

function unreachable(remote: RemoteFile, path: string, got: string, cause?: unknown): UserError {
  const checksum =
    remote.sha256 === undefined
      ? ''
      : ` (its SHA-256 ${remote.sha256.length < 64 ? 'begins with' : 'is'} ${remote.sha256})`;
  return new UserError({
    what: `the weights are not in the cache and cannot be downloaded from ${remote.url}`,
    got,
    expected: 'a network, or the file in the cache',
    fix: `download ${remote.url} on another machine${checksum} and place it as ${path}, or pass the path of the file`,
    cause,
  });
}
