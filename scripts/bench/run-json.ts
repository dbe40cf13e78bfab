import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What node needs to run the project from its sources. */
export const FROM_SOURCE = ['--conditions=@syn2real/source', '--import', 'tsx'];

/** Runs a program in the project's folder; gives what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  return (await exec(command, args, { cwd: ROOT, maxBuffer: 2 ** 24, env })).stdout;
}

/** Runs a program of the project and parses the JSON object that ends its output. */
export async function runJson<T>(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<T> {
  const stdout = await run(command, args, environment);
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as T;
}

/** The version of the torch that a Python has. */
export async function torchVersion(python: string): Promise<string | undefined> {
  return exec(python, ['-c', 'import torch; print(torch.__version__)']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
