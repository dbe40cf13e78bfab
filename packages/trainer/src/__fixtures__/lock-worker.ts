import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../index.js';
import { endedOwner, ownLock } from './locks.js';

/**
 * `lock-worker.ts DIR TIMES`: takes the folder's lock that many times in competition with others, and each time does
 * what two must not do at once; every second time it leaves the lock as a killed process would.
 */
const [dir, times] = process.argv.slice(2) as [string, string];
const ended = JSON.stringify(endedOwner());
let taken = 0;
while (taken < Number(times)) {
  try {
    const lock = lockFolder(dir);
    taken += 1;
    closeSync(openSync(join(dir, 'alone'), 'wx'));
    const own = ownLock(dir);
    rmSync(join(dir, 'alone'));
    if (taken % 2 === 0) writeFileSync(own, ended);
    else lock.release();
  } catch (error) {
    if (!/being written into already/.test(String(error))) throw error;
  }
}
