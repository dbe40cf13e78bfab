/**
 * For tests of runs that are stopped: a Node process started with `--import` of this module and
 * SIGNAL_SELF="SIGKILL 7" sends itself that signal right after the 7th line it writes to a run's log.jsonl.
 */
import fs from 'node:fs';

const [signal, lines] = process.env.SIGNAL_SELF.split(' ');
const { openSync, writeSync } = fs;
const logs = new Set();
let left = Number(lines);

fs.openSync = (path, ...rest) => {
  const handle = openSync(path, ...rest);
  if (String(path).endsWith('log.jsonl')) logs.add(handle);
  else logs.delete(handle);
  return handle;
};
fs.writeSync = (handle, ...rest) => {
  const written = writeSync(handle, ...rest);
  if (logs.has(handle)) left -= 1;
  if (logs.has(handle) && left === 0) process.kill(process.pid, signal);
  return written;
};
