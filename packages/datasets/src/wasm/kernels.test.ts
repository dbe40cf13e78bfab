import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileKernels } from '../../assembly/build.mjs';

it('the stored kernels are those that the source compiles to', async () => {
  const stored = readFileSync(new URL('./kernels-binary.ts', import.meta.url), 'utf8');
  expect(stored).toBe(await compileKernels());
});
