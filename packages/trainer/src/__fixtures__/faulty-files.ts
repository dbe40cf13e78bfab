import { type FileSystem, nodeFileSystem } from '../index.js';

/** What the disk does at the chosen call. */
export type Fault = 'full' | 'killed';

/**
 * A file system that fails: `full` refuses every write from call `at` on (after half of the first one's bytes), as a
 * full disk does; `killed` refuses everything from there on, as for a process that is no more.
 */
export function faultyFiles(fault: Fault, at: number): { files: FileSystem; calls(): number; struck(): boolean } {
  let calls = 0;
  let struck = false;
  const refuse = (code: string): never => {
    throw Object.assign(new Error(`${code}: no space left on device`), { code });
  };
  const files = Object.fromEntries(
    Object.entries(nodeFileSystem).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        const fresh = !struck;
        if (CHANGING.has(name)) {
          calls += 1;
          if (calls >= at) struck = true;
        }
        const refused = struck && (fault === 'killed' || FILLING.has(name));
        if (!refused) return Reflect.apply(call, nodeFileSystem, args);
        if (fresh && name === 'writeSync') writeHalf(args);
        return refuse(fault === 'full' ? 'ENOSPC' : 'EIO');
      },
    ]),
  ) as unknown as FileSystem;
  return { files, calls: () => calls, struck: () => struck };
}

function writeHalf([handle, bytes, offset, length, position]: unknown[]): void {
  nodeFileSystem.writeSync(
    handle as number,
    bytes as Uint8Array,
    offset as number,
    Math.floor((length as number) / 2),
    position as number,
  );
}

const FILLING = new Set(['mkdirSync', 'writeSync', 'fsyncSync']);
const CHANGING = new Set([...FILLING, 'openSync', 'renameSync', 'rmSync', 'ftruncateSync', 'closeSync']);
