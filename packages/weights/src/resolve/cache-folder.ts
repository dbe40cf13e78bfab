import { join } from 'node:path';

/** What the default cache folder depends on. */
export interface CacheEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/**
 * Where downloaded weights are kept: `SYN2REAL_CACHE`, else the system's cache folder (`~/.cache/syn2real` or
 * `$XDG_CACHE_HOME/syn2real` on Linux, `~/Library/Caches/syn2real` on macOS, `%LOCALAPPDATA%\syn2real` on Windows).
 */
export function cacheFolder({ env, platform, home }: CacheEnvironment): string {
  const chosen = env.SYN2REAL_CACHE;
  if (chosen !== undefined && chosen !== '') return chosen;
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'syn2real');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'syn2real');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'syn2real');
}
