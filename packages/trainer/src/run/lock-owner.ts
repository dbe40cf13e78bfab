import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that holds a folder, as its lock file says. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, in ISO 8601. */
  readonly since: string;
  /** When the process was started, on a clock of the system's own; only where there is a /proc. */
  readonly started?: string;
}

/** This process. */
export function thisOwner(now: () => number): LockOwner {
  const { pid } = process;
  const owner = { pid, host: hostname(), since: new Date(now()).toISOString() };
  const started = stateOf(pid)?.started;
  return started === undefined ? owner : { ...owner, started };
}

/** What a lock file says; undefined where a power cut or somebody else has left it empty or damaged. */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, since, started } = value as Partial<Record<keyof LockOwner, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, host, since, ...(typeof started === 'string' ? { started } : {}) };
}

/**
 * Whether the process may still run: not where its id is free, is a zombie's, or (with a /proc) another process' by now.
 * Of another host nothing can be known, so it may.
 */
export function mayRun({ pid, host, started }: LockOwner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const now = stateOf(pid);
  if (now === undefined) return true;
  return !now.ended && (started === undefined || started === now.started);
}

/** Linux's view of a process; undefined where there is none to be had. */
function stateOf(pid: number): { ended: boolean; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the second field, the program's name in brackets, may hold anything: what is wanted stands behind it
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === undefined || ticks === undefined) return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { ended: state === 'Z' || state === 'X', started: `${boot} ${ticks}` };
  } catch {
    return undefined;
  }
}
