import { vi } from 'vitest';
import { main } from '../main.js';

/** What the program printed and its exit code. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process and catches what it prints. */
export async function run(...args: string[]): Promise<Ran> {
  const printed = { out: '', err: '' };
  const catching = (key: 'out' | 'err') => (chunk: string | Uint8Array) => {
    printed[key] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(catching('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(catching('err'));
  try {
    const code = await main(args);
    return { code, ...printed };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
