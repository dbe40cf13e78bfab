import { UserError } from '@syn2real/core';

/** The part of `fetch` that downloads use. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** What is asked of {@link Fetch}. */
export interface FetchInit {
  readonly headers: Record<string, string>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** A failure that another attempt may mend. */
export class Transient extends Error {}

/** An answer with the file, or a part of it. */
export interface FileResponse {
  readonly response: Response;
  /** The checksum that a hub announced on the way. */
  readonly announcedSha256?: string;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const TRANSIENT = [408, 425, 429];

/**
 * Asks for a file from byte `from` on, following redirects.
 *
 * @throws Transient when another attempt may help
 * @throws UserError when it will not: too many redirects, a redirect from https to http, 404 and the like
 */
export async function fetchFile(
  fetch: Fetch,
  url: string,
  from: number,
  signal: AbortSignal,
): Promise<FileResponse> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers.range = `bytes=${from}-`;
  let announcedSha256: string | undefined;
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await request(fetch, at, { headers, redirect: 'manual', signal });
    if (new URL(at).origin === new URL(url).origin) {
      announcedSha256 ??= /^"?([0-9a-f]{64})"?$/.exec(response.headers.get('x-linked-etag') ?? '')?.[1];
    }
    if (!REDIRECTS.includes(response.status)) {
      await check(response, url);
      return { response, announcedSha256 };
    }
    await response.body?.cancel();
    at = nextAddress(at, response, url);
  }
  throw refused(url, `more than ${MAX_REDIRECTS} redirects`, 'fewer');
}

async function request(fetch: Fetch, url: string, init: FetchInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new Transient(messageOf(error), { cause: error });
  }
}

function nextAddress(at: string, response: Response, url: string): string {
  const location = response.headers.get('location') ?? '';
  if (!URL.canParse(location, at)) throw refused(url, 'a redirect to nowhere', 'an address');
  const next = new URL(location, at);
  if (next.protocol !== 'https:' && !(next.protocol === 'http:' && new URL(at).protocol === 'http:')) {
    throw refused(url, `a redirect to ${next.protocol}//${next.host}`, 'https');
  }
  return next.href;
}

async function check(response: Response, url: string): Promise<void> {
  if (response.status === 200 || response.status === 206 || response.status === 416) return;
  await response.body?.cancel();
  const got = `HTTP ${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`}`;
  if (response.status >= 500 || TRANSIENT.includes(response.status)) throw new Transient(got);
  throw refused(url, got, 'the file');
}

function refused(url: string, got: string, expected: string): UserError {
  return new UserError({
    what: `${url} cannot be downloaded`,
    got,
    expected,
    fix: 'check the address, or pass the path of a file you have',
  });
}

/** The innermost reason that an error gives: Node's fetch says "fetch failed" and hides the cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error.cause instanceof Error ? messageOf(error.cause) : error.message;
}
