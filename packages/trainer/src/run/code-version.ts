import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which code made a run. */
export interface CodeVersion {
  readonly [key: string]: string | boolean | Readonly<Record<string, string>>;
  /** Version by package name; `"unknown"` where it cannot be read. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Versions of the named packages as `from` would import them, and the git commit of the folder of `from`.
 *
 * `commit` and `modified` (whether tracked files differ from that commit) are there only in a git work tree.
 *
 * @param from the caller's `import.meta.url`
 * @example
 * ```ts
 * codeVersion(import.meta.url, ['@syn2real/core']); // { packages: { '@syn2real/core': '1.0.0' }, commit: '…', modified: false }
 * ```
 */
export function codeVersion(from: string, packages: readonly string[]): CodeVersion {
  const require = createRequire(from);
  const versions = Object.fromEntries(packages.map((name) => [name, packageVersion(require, name)]));
  const folder = dirname(fileURLToPath(from));
  const commit = git(folder, ['rev-parse', 'HEAD']);
  if (commit === undefined) return { packages: versions };
  const changes = git(folder, ['status', '--porcelain', '--untracked-files=no']);
  return { packages: versions, commit, modified: changes !== '' };
}

/** The version of an installed package, or `"unknown"`. */
export function packageVersion(require: NodeJS.Require, name: string): string {
  try {
    const manifest: { version?: string } = JSON.parse(
      readFileSync(require.resolve(`${name}/package.json`), 'utf8'),
    );
    return manifest.version ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function git(folder: string, args: string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
