import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultyFiles } from '../__fixtures__/faulty-files.js';
import { endedOwner, locksOf, writeLock } from '../__fixtures__/locks.js';
import { config, someFingerprint, temporaryFolder } from '../__fixtures__/run.js';
import { type FileSystem, nodeFileSystem } from '../files/file-system.js';
import { type FolderLock, lockFolder, whileLocked } from './lock.js';
import { mayRun, parseOwner } from './lock-owner.js';
import { createRun } from './run.js';

/** Names for lock files: 1, 2, 3, ... */
function counted(): () => string {
  let last = 0;
  return () => String(++last);
}

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = ['--conditions=@syn2real/source', '--import', 'tsx'];

/** Takes the lock of a folder in a process of its own, which then ends in some way. */
function lockAndThen(dir: string, end: string): SpawnSyncReturns<string> {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    const lock = lockFolder(${JSON.stringify(dir)}, { id: () => '1' });
    ${end}`;
  return spawnSync(process.execPath, [...node, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: source('../..'),
  });
}

describe('lockFolder', () => {
  it('makes the folder, keeps others out, and leaves nothing behind', () => {
    const dir = join(temporaryFolder(), 'a', 'run');
    const lock = lockFolder(dir, { now: () => Date.UTC(2026, 0, 2), id: () => '1' });
    expect(() => lockFolder(dir)).toThrow(
      new RegExp(
        `the folder .*run is being written into already[\\s\\S]*process ${process.pid} on ${hostname()}, since 2026-01-02T00:00:00\\.000Z[\\s\\S]*wait until it has ended.*remove .*lock-1\\.json`,
      ),
    );
    const other = lockAndThen(dir, '');
    expect(other.status).not.toBe(0);
    expect(other.stderr).toContain(`process ${process.pid} on ${hostname()}`);
    expect(readdirSync(dir)).toEqual(['lock-1.json']);
    lock.release();
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
    lockFolder(dir).release();
  });

  it('is void where its process was killed, and says so', () => {
    const dir = join(temporaryFolder(), 'run');
    const killed = lockAndThen(dir, "process.kill(process.pid, 'SIGKILL');");
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    expect(locksOf(dir)).toEqual(['lock-1.json']);
    expect(parseOwner(readFileSync(join(dir, 'lock-1.json'), 'utf8'))!.pid).toBe(killed.pid);
    const said: string[] = [];
    const lock = lockFolder(dir, { log: (line) => said.push(line), id: () => '2' });
    expect(locksOf(dir)).toEqual(['lock-2.json']);
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(`^taking over .*lock-1\\.json, left by process ${killed.pid} on ${hostname()}, since `),
      ),
    ]);
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is void where it ended without giving the lock back', () => {
    const dir = join(temporaryFolder(), 'run');
    expect(lockAndThen(dir, 'process.exit(7);').status).toBe(7);
    lockFolder(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('holds where its host is another', () => {
    const dir = temporaryFolder();
    writeLock(dir, { ...endedOwner(), host: 'elsewhere' });
    expect(() => lockFolder(dir)).toThrow(/process \d+ on elsewhere/);
    expect(locksOf(dir)).toEqual(['lock-1.json']);
  });

  it.runIf(existsSync('/proc/self/stat'))('is void where its id is another process’ by now', () => {
    const dir = temporaryFolder();
    const own = { ...endedOwner(), pid: process.pid };
    writeLock(dir, { ...own, started: 'another boot 12345' });
    lockFolder(dir).release();
    expect(readdirSync(dir)).toEqual([]);
    writeLock(dir, own);
    expect(() => lockFolder(dir)).toThrow(/being written into already/);
  });

  it.runIf(existsSync('/proc/self/stat'))('is void where its process is a zombie', async () => {
    // it never comes to take note of its child's end
    const script = `
      const { pid } = require('node:child_process').spawn(process.execPath, ['-e', '']);
      require('node:fs').writeSync(1, String(pid));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
      const owner = { ...endedOwner(), pid };
      while (!/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(mayRun(owner)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it.each(['', '\0\0\0\0', '{"pid":', 'null', '[]', '"text"', '{}', '{"pid":0,"host":"a","since":"b"}'])(
    'is void where it is damaged (%j)',
    (text) => {
      const dir = temporaryFolder();
      writeFileSync(join(dir, 'lock-3.json'), text);
      const said: string[] = [];
      const lock = lockFolder(dir, { log: (line) => said.push(line), id: () => '4' });
      expect(said).toEqual([expect.stringContaining('left by no process that it names')]);
      expect(locksOf(dir)).toEqual(['lock-4.json']);
      lock.release();
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  it('reads no owner into what is not one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const owner = parseOwner(text);
        if (owner !== undefined) expect(owner.pid).toBeGreaterThan(0);
      }),
    );
    const owner = endedOwner();
    expect(parseOwner(JSON.stringify({ ...owner, started: 5, more: 1 }))).toEqual(owner);
    for (const change of [{ pid: -1 }, { pid: 1.5 }, { pid: '1' }, { host: 1 }, { since: undefined }]) {
      expect(parseOwner(JSON.stringify({ ...owner, ...change }))).toBeUndefined();
    }
  });

  it('removes no lock but its own', () => {
    const dir = temporaryFolder();
    const lock = lockFolder(dir);
    writeLock(dir, { ...endedOwner(), host: 'elsewhere' });
    lock.release();
    lock.release();
    expect(locksOf(dir)).toEqual(['lock-1.json']);
    expect(() => lockFolder(dir, { id: () => '1' })).toThrow(/on elsewhere/);
    expect(locksOf(dir)).toEqual(['lock-1.json']);
  });

  it('is not taken for a later one of the same folder where others came and went before it was written', () => {
    const dir = temporaryFolder();
    const taken: FolderLock[] = [];
    const id = counted();
    const files: FileSystem = {
      ...nodeFileSystem,
      writeSync: ((...args: Parameters<typeof nodeFileSystem.writeSync>) => {
        if (taken.length === 0) {
          lockFolder(dir, { id }).release();
          taken.push(lockFolder(dir, { id }));
        }
        return nodeFileSystem.writeSync(...args);
      }) as FileSystem['writeSync'],
    };
    expect(() => lockFolder(dir, { files, id })).toThrow(/being written into already/);
    expect(locksOf(dir)).toEqual(['lock-3.json']);
    taken[0]!.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is asked for again where others, gone by now, cleared it away before it was written', () => {
    const dir = temporaryFolder();
    let others = 0;
    const id = counted();
    const files: FileSystem = {
      ...nodeFileSystem,
      writeSync: ((...args: Parameters<typeof nodeFileSystem.writeSync>) => {
        if (others++ === 0) lockFolder(dir, { id }).release();
        return nodeFileSystem.writeSync(...args);
      }) as FileSystem['writeSync'],
    };
    const lock = lockFolder(dir, { files, id });
    expect(locksOf(dir)).toEqual(['lock-3.json']);
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('leaves no lock where the disk refuses', () => {
    const healthy = faultyFiles('full', Number.POSITIVE_INFINITY);
    lockFolder(join(temporaryFolder(), 'run'), healthy).release();
    const ended = endedOwner();
    for (let at = 1; at <= healthy.calls(); at++) {
      const dir = temporaryFolder();
      writeLock(dir, ended);
      try {
        lockFolder(dir, faultyFiles('full', at)).release();
      } catch (error) {
        expect(String(error)).toMatch(/disk is full/);
      }
      lockFolder(dir).release();
      expect(locksOf(dir)).toEqual([]);
    }
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => lockFolder(file)).toThrow(/cannot read or write .*file/);
  });

  it('has one holder at a time however many processes ask and leave it behind', {
    timeout: 120_000,
  }, async () => {
    const dir = temporaryFolder();
    const contend = async () => {
      const child = spawn(process.execPath, [...node, source('../__fixtures__/lock-worker.ts'), dir, '60'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
      });
      return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? 'done' : said)));
    };
    for (const said of await Promise.all([contend(), contend(), contend()])) expect(said).toBe('done');
  });

  it('is held as long as some work goes on', async () => {
    const dir = temporaryFolder();
    const held = async () => {
      await Promise.resolve();
      return locksOf(dir);
    };
    expect(await whileLocked(dir, held, { id: () => '1' })).toEqual(['lock-1.json']);
    const failing = whileLocked(dir, async () => {
      throw new Error('it failed');
    });
    await expect(failing).rejects.toThrow('it failed');
    expect(locksOf(dir)).toEqual([]);
  });

  it('is no part of a run, but stands in its folder', () => {
    const dir = temporaryFolder();
    const lock = lockFolder(dir);
    createRun(dir, config, someFingerprint());
    lock.release();
    expect(readdirSync(dir).sort()).toEqual(['config.json', 'fingerprint.json']);
  });
});
