import type { Options } from 'tsup';

/** One ESM build with types for every package; a package adds entries (workers, bins) of its own. */
export const base = (entry: string[] = ['src/index.ts']): Options => ({
  entry,
  format: 'esm',
  target: 'node20',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: true,
});
