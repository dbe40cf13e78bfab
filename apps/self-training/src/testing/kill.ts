import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const signalSelf = new URL('../../../../packages/trainer/src/__fixtures__/signal-self.mjs', import.meta.url)
  .href;
const node = ['--conditions=@syn2real/source', '--import', 'tsx', program];

/** The exit code of a process of its own that kills itself after some more lines of the run's log; null: it was killed. */
export function killAfter(args: readonly string[], more: number): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', signalSelf, ...node, ...args], {
    stdio: 'ignore',
    env: { ...process.env, SIGNAL_SELF: `SIGKILL ${more}` },
  });
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code));
  });
}
