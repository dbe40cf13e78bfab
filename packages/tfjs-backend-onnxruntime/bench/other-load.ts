import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of all processors that were busy, stolen ones included; undefined where the system does not say. */
function busyMs(): number | undefined {
  try {
    const [user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user! + nice! + system! + irq! + softIrq! + steal!) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** Starts watching; the returned function tells how many processors others kept busy since, 0 where unknown. */
export function otherLoad(): () => number {
  const [start, busy, own] = [performance.now(), busyMs(), process.cpuUsage()];
  return () => {
    const later = busyMs();
    if (busy === undefined || later === undefined) return 0;
    const { user, system } = process.cpuUsage(own);
    return Math.max(0, later - busy - (user + system) / 1000) / (performance.now() - start);
  };
}
