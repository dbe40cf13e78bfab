import { vi } from 'vitest';
import { main } from '../main.js';

/** What the program printed and its exit code. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process and catches what it prints. */
export const run = (...args: string[]): Promise<Ran> => catching(() => main(args));

/** Runs a program in this process and catches what it prints. */
export async function catching(program: () => Promise<number>): Promise<Ran> {
  const printed = { out: '', err: '' };
  const into = (key: 'out' | 'err') => (chunk: string | Uint8Array) => {
    printed[key] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  try {
    const code = await program();
    return { code, ...printed };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
