import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isUserError } from '@syn2real/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromFloat32 } from '../convert.js';
import { serializeSafetensors } from '../safetensors/write.js';
import { cacheFolder } from './cache-folder.js';
import type { Fetch } from './fetch-file.js';
import { KNOWN_WEIGHTS } from './known-weights.js';
import type { DownloadProgress } from './receive.js';
import { type ResolveWeightsOptions, resolveWeights } from './resolve-weights.js';
import { remoteFile } from './weights-source.js';

const content = Buffer.from(
  serializeSafetensors({ w: fromFloat32(new Float32Array(100_000).fill(0.5), [100_000]) }),
);
const sha256 = createHash('sha256').update(content).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let handler: Handler;
let requests: IncomingMessage[] = [];
let server: Server;
let base = '';
let cache = '';
let waits: number[] = [];
/** Bytes that the caller has, so that the server breaks the connection only after they arrived. */
let arrived = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  requests = [];
  waits = [];
  handler = serve();
  cache = await mkdtemp(join(tmpdir(), 'weights-cache-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

/** A well-behaved server, but for what the options spoil. */
function serve({
  body = content,
  etag = '"v1"',
  ranges = true,
  cutAt = Number.POSITIVE_INFINITY,
  length = true,
} = {}): Handler {
  return (request, response) => {
    const asked = ranges ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const start = asked ? Number(asked[1]) : 0;
    if (start >= body.length && start > 0) {
      response.writeHead(416).end();
      return;
    }
    const rest = body.subarray(start);
    response.writeHead(asked ? 206 : 200, {
      ...(etag === '' ? {} : { etag }),
      ...(length ? { 'content-length': rest.length } : {}),
      ...(asked ? { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
    });
    if (cutAt >= rest.length) {
      response.end(rest);
      return;
    }
    response.write(rest.subarray(0, cutAt));
    const timer = setInterval(() => {
      if (arrived < start + cutAt) return;
      clearInterval(timer);
      response.destroy();
    }, 2);
  };
}

/** Answers each request by the next handler, the last one for the rest. */
function inTurn(...handlers: Handler[]): Handler {
  let turn = 0;
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]?.(request, response);
}

function get(source: string, options: ResolveWeightsOptions = {}) {
  const sleep = async (ms: number) => {
    waits.push(ms);
  };
  arrived = 0;
  const onProgress = (progress: DownloadProgress) => {
    arrived = progress.receivedBytes;
    options.onProgress?.(progress);
  };
  return resolveWeights(source, {
    cacheFolder: cache,
    hubEndpoint: base,
    sleep,
    retries: 2,
    ...options,
    onProgress,
  });
}

const status =
  (code: number, headers = {}): Handler =>
  (_, response) =>
    response.writeHead(code, headers).end('no');

async function leftovers(): Promise<string[]> {
  const names = await readdir(cache, { recursive: true });
  return names
    .map((name) => basename(name))
    .filter((name) => name.endsWith('.part') || name.endsWith('.tmp'));
}

describe('resolveWeights', () => {
  it('downloads a URL once, then takes it from the cache', async () => {
    const url = `${base}/some/model.safetensors`;
    const progress: DownloadProgress[] = [];
    const first = await get(url, { onProgress: (state) => progress.push(state) });
    expect(first).toMatchObject({ sha256, origin: 'download', url });
    expect(content.equals(await readFile(first.path))).toBe(true);
    expect(await readFile(`${first.path}.sha256`, 'utf8')).toBe(`${sha256}  model.safetensors\n`);
    expect(progress.at(-1)).toEqual({ url, receivedBytes: content.length, totalBytes: content.length });
    expect(progress.map(({ receivedBytes }) => receivedBytes)).toEqual(
      progress.map(({ receivedBytes }) => receivedBytes).sort((a, b) => a - b),
    );
    expect(await get(url, { offline: true })).toEqual({ ...first, origin: 'cache' });
    expect(requests).toHaveLength(1);
    expect(await leftovers()).toEqual([]);
  });

  it('finds a hub id, with revision', async () => {
    const { path } = await get('timm/resnet101.tv_in1k');
    expect(requests[0]?.url).toBe('/timm/resnet101.tv_in1k/resolve/main/model.safetensors');
    expect(path).toBe(join(cache, 'hub', 'timm--resnet101.tv_in1k', 'main', 'model.safetensors'));
    await get('hf-hub:some/model@abc123');
    expect(requests[1]?.url).toBe('/some/model/resolve/abc123/model.safetensors');
  });

  it('verifies the published checksum of a known hub id', async () => {
    await expect(get('timm/resnet50.tv_in1k')).rejects.toThrow(/another checksum[\s\S]*5d061a3c593d/);
    expect(await leftovers()).toEqual([]);
  });

  it('verifies the checksum in a file name, and keeps such files by their names', async () => {
    const good = `${base}/resnet50-${sha256.slice(0, 8)}.pth`;
    expect((await get(good)).path).toBe(join(cache, 'checkpoints', basename(good)));
    await expect(get(`${base}/resnet50-00000000.pth`)).rejects.toThrow(/begins with 00000000/);
    await expect(get(`${base}/resnet50-00000000.pth`, { checksumInName: false })).resolves.toMatchObject({
      sha256,
    });
  });

  it('verifies a checksum given by the caller', async () => {
    await expect(get(`${base}/a.safetensors`, { sha256: 'f'.repeat(64) })).rejects.toThrow(
      /another checksum/,
    );
    await expect(get(`${base}/a.safetensors`, { sha256: sha256.toUpperCase() })).resolves.toMatchObject({
      sha256,
    });
  });

  it('verifies the checksum that the hub announces', async () => {
    const announced = (digest: string) =>
      inTurn(status(302, { location: '/cdn', 'x-linked-etag': `"${digest}"` }), serve());
    handler = announced('e'.repeat(64));
    await expect(get('some/model')).rejects.toThrow(/another checksum/);
    handler = announced(sha256);
    await expect(get('some/model')).resolves.toMatchObject({ sha256 });
  });

  it('goes on where the connection broke', async () => {
    handler = inTurn(serve({ cutAt: 150_000 }), serve({ cutAt: 100_000 }), serve());
    const { path } = await get(`${base}/a.safetensors`);
    expect(content.equals(await readFile(path))).toBe(true);
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=150000-',
      'bytes=250000-',
    ]);
  });

  it('goes on in a later call where an earlier one gave up', async () => {
    handler = inTurn(serve({ cutAt: 150_000 }), status(503));
    await expect(get(`${base}/a.safetensors`)).rejects.toSatisfy(isUserError);
    expect(await leftovers()).toEqual([
      expect.stringMatching(/^\.a\.safetensors\.[0-9a-f]{16}\.free\.part$/),
    ]);
    handler = serve();
    requests = [];
    await expect(get(`${base}/a.safetensors`)).resolves.toMatchObject({ sha256 });
    expect(requests[0]?.headers.range).toBe('bytes=150000-');
    expect(await leftovers()).toEqual([]);
  });

  it('never joins parts of two versions', async () => {
    handler = inTurn(
      serve({ cutAt: 150_000, body: Buffer.alloc(content.length, 1), etag: '"old"' }),
      serve(),
    );
    await expect(get(`${base}/a.safetensors`)).resolves.toMatchObject({ sha256 });
    expect(requests.map(({ headers }) => headers.range === undefined)).toEqual([true, false, true]);
  });

  it('starts again when the server knows no versions and no checksum is known', async () => {
    handler = inTurn(serve({ cutAt: 150_000, etag: '' }), serve({ etag: '' }));
    await expect(get(`${base}/a.safetensors`)).resolves.toMatchObject({ sha256 });
    expect(requests.at(-1)?.headers.range).toBeUndefined();
  });

  it('starts again when the server ignores ranges, or says that the part is too long', async () => {
    handler = inTurn(serve({ cutAt: 150_000 }), serve({ ranges: false }));
    await expect(get(`${base}/a.safetensors`)).resolves.toMatchObject({ sha256 });
    handler = inTurn(serve({ cutAt: 150_000 }), status(416), serve());
    await expect(get(`${base}/b.safetensors`)).resolves.toMatchObject({ sha256 });
  });

  it('starts again once when a resumed file has a wrong checksum', async () => {
    handler = inTurn(serve({ cutAt: 150_000, body: Buffer.alloc(content.length, 1) }), serve());
    await expect(get(`${base}/a.safetensors`, { sha256 })).resolves.toMatchObject({ sha256 });
    expect(requests).toHaveLength(3);
  });

  it('waits longer after each failure, and gives up', async () => {
    handler = status(503);
    await expect(get(`${base}/a.safetensors`, { retries: 3 })).rejects.toThrow(/HTTP 503/);
    expect(waits).toEqual([500, 1000, 2000]);
  });

  it('does not ask again for what is not there', async () => {
    handler = status(404);
    await expect(get(`${base}/a.safetensors`)).rejects.toThrow(/cannot be downloaded[\s\S]*HTTP 404/);
    expect(requests).toHaveLength(1);
  });

  it('says which file to place where when there is no network', async () => {
    const down: Fetch = async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND huggingface.co') });
    };
    const path = join(cache, 'hub', 'timm--resnet50.tv_in1k', 'main', 'model.safetensors');
    const failure = get('timm/resnet50.tv_in1k', { fetch: down });
    await expect(failure).rejects.toThrow(/ENOTFOUND huggingface.co/);
    await expect(failure).rejects.toThrow(`place it as ${path}`);
    await expect(failure).rejects.toThrow(`its SHA-256 is ${KNOWN_WEIGHTS[1]?.sha256}`);
  });

  it('does not touch the network when offline, and takes a file placed by hand', async () => {
    const url = `${base}/net-${sha256.slice(0, 8)}.pth`;
    await expect(get(url, { offline: true })).rejects.toThrow(/option offline/);
    const path = join(cache, 'checkpoints', basename(url));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    expect(await get(url, { offline: true })).toMatchObject({ path, sha256, origin: 'cache' });
    await writeFile(path, 'another');
    await expect(get(url, { offline: true })).rejects.toThrow(/damaged or another file/);
    expect(requests).toHaveLength(0);
  });

  it('notices a cached file that changed', async () => {
    const { path } = await get(`${base}/a.safetensors`);
    await writeFile(path, content.subarray(1));
    await expect(get(`${base}/a.safetensors`)).rejects.toThrow(/delete it and/);
  });

  it('follows redirects, a few', async () => {
    handler = inTurn(status(302, { location: '/b' }), status(307, { location: `${base}/c` }), serve());
    await expect(get(`${base}/a.safetensors`)).resolves.toMatchObject({ sha256 });
    expect(requests.map(({ url }) => url)).toEqual(['/a.safetensors', '/b', '/c']);
    handler = status(302, { location: '/again' });
    await expect(get(`${base}/b.safetensors`)).rejects.toThrow(/more than 5 redirects/);
    handler = status(302, { location: 'file:///etc/passwd' });
    await expect(get(`${base}/b.safetensors`)).rejects.toThrow(/redirect to file:/);
    handler = status(302);
    await expect(get(`${base}/b.safetensors`)).rejects.toSatisfy(isUserError);
  });

  it('refuses a redirect from https to http', async () => {
    const fetch: Fetch = async () =>
      new Response(null, { status: 302, headers: { location: 'http://example.org/x' } });
    await expect(get('https://example.org/a.safetensors', { fetch })).rejects.toThrow(/redirect to http:/);
  });

  it('refuses what is too large, announced or not', async () => {
    await expect(get(`${base}/a.safetensors`, { maxBytes: 1000 })).rejects.toThrow(/larger than allowed/);
    handler = serve({ length: false });
    await expect(get(`${base}/b.safetensors`, { maxBytes: 1000 })).rejects.toThrow(/larger than allowed/);
  });

  it('does not keep a web page', async () => {
    handler = serve({ body: Buffer.from('<!DOCTYPE html><p>Please log in') });
    await expect(get(`${base}/a.safetensors`)).rejects.toThrow(/no weights file[\s\S]*web page/);
    expect(await readdir(cache, { recursive: true })).not.toContain('a.safetensors');
    expect(await leftovers()).toEqual([]);
  });

  it('gives up on a silent server', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('x');
    };
    await expect(get(`${base}/a.safetensors`, { stallMs: 50, retries: 0 })).rejects.toThrow(
      /silent for 0.05 s/,
    );
  });

  it('stops when asked, and keeps what has arrived', async () => {
    const stop = new AbortController();
    handler = (_, response) => {
      response
        .writeHead(200, { 'content-length': content.length, etag: '"v1"' })
        .write(content.subarray(0, 5000));
    };
    const onProgress = ({ receivedBytes }: DownloadProgress) => {
      if (receivedBytes > 0) stop.abort(new Error('stopped by the user'));
    };
    await expect(get(`${base}/a.safetensors`, { signal: stop.signal, onProgress })).rejects.toThrow(
      'stopped by the user',
    );
    expect(await leftovers()).toHaveLength(1);
  });

  it('downloads once for many callers in one process', async () => {
    const found = await Promise.all(Array.from({ length: 5 }, () => get(`${base}/a.safetensors`)));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(found.filter(({ origin }) => origin === 'download')).toHaveLength(1);
    expect(requests).toHaveLength(1);
  });

  it('gives every one of many processes the whole file', async () => {
    handler = (request, response) => void setTimeout(() => serve()(request, response), 20);
    const script = `
      import { resolveWeights } from ${JSON.stringify(new URL('./resolve-weights.ts', import.meta.url).href)};
      const { path, sha256 } = await resolveWeights(${JSON.stringify(`${base}/a.safetensors`)}, { cacheFolder: ${JSON.stringify(cache)} });
      console.log(path + ' ' + sha256);`;
    const run = () =>
      new Promise<string>((done, fail) => {
        const child = spawn(
          process.execPath,
          ['--conditions=@syn2real/source', '--import', 'tsx', '--input-type=module', '-e', script],
          { stdio: ['ignore', 'pipe', 'pipe'] },
        );
        let output = '';
        let errors = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        child.stderr.on('data', (chunk) => {
          errors += chunk;
        });
        child.on('error', fail);
        child.on('close', (code) => (code === 0 ? done(output.trim()) : fail(new Error(errors))));
      });
    for (const line of await Promise.all([run(), run()])) expect(line).toMatch(new RegExp(` ${sha256}$`));
    expect(await leftovers()).toEqual([]);
  });

  it('goes on with the part of a process that was killed', async () => {
    const { path } = await get(`${base}/a.safetensors`);
    const version = createHash('sha256').update('"v1"').digest('hex').slice(0, 16);
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((ended) => child.on('close', ended));
    const host = createHash('sha256')
      .update((await import('node:os')).hostname())
      .digest('hex')
      .slice(0, 8);
    await rm(path);
    await writeFile(
      join(dirname(path), `.a.safetensors.${version}.${host}-${child.pid}-0-0.part`),
      content.subarray(0, 1000),
    );
    await get(`${base}/a.safetensors`);
    expect(requests.at(-1)?.headers.range).toBe('bytes=1000-');
  });

  it('takes a file of the user as it is', async () => {
    const path = join(cache, 'mine.pth');
    await writeFile(path, content);
    expect(await get(path)).toEqual({ path, sha256, origin: 'file', url: undefined });
    await expect(get(path, { sha256: '0'.repeat(64) })).rejects.toThrow(/name another file/);
  });

  it.each(['./no/such/file.pth', 'missing.safetensors', 'a/b/c', '/nowhere', ''])(
    'says that %j does not exist',
    async (source) => {
      await expect(get(source)).rejects.toThrow(/does not exist/);
    },
  );

  it.each(['ftp://host/x.pth', 's3://bucket/x.pth', 'http://'])('refuses %j', async (source) => {
    await expect(get(source)).rejects.toSatisfy(isUserError);
  });
});

describe('where files are kept', () => {
  it('gives different URLs different places, inside the cache', () => {
    const places = [
      'http://a/x.pth',
      'http://b/x.pth',
      'http://a/y/../../z.pth',
      'http://a/..%2f..%2fx',
      'http://a/',
    ].map((url) => remoteFile(url, '', true)?.place.join('/') ?? '');
    expect(new Set(places).size).toBe(5);
    for (const place of places) expect(place).toMatch(/^url\/[0-9a-f]{16}\/\w[\w.-]*$/);
  });

  it.each([
    [{ SYN2REAL_CACHE: '/c' }, 'linux', '/c'],
    [{ XDG_CACHE_HOME: '/x' }, 'linux', join('/x', 'syn2real')],
    [{}, 'linux', join('/h', '.cache', 'syn2real')],
    [{}, 'darwin', join('/h', 'Library', 'Caches', 'syn2real')],
    [{ LOCALAPPDATA: '/l' }, 'win32', join('/l', 'syn2real')],
  ])('follows the environment %j on %s', (env, platform, expected) => {
    expect(cacheFolder({ env, platform, home: '/h' })).toBe(expected);
  });
});
