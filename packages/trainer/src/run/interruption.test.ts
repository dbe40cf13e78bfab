import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { interruption, SIGNAL_EXIT_CODES, type StopSignal } from './interruption.js';

function stand() {
  const listeners = new Map<StopSignal, () => void>();
  const exits: number[] = [];
  return {
    exits,
    listeners,
    source: {
      on: (signal: StopSignal, listener: () => void) => void listeners.set(signal, listener),
      off: (signal: StopSignal) => void listeners.delete(signal),
      exit: (code: number) => void exits.push(code),
    },
  };
}

describe('interruption', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('notes %s, and exits at the second signal', (signal) => {
    const { source, listeners, exits } = stand();
    const told: string[] = [];
    let now = 0;
    const stop = interruption({ source, onSignal: (name) => told.push(name), now: () => now });
    expect(stop.signal).toBeUndefined();
    expect(stop.exitCode).toBeUndefined();
    listeners.get(signal)!();
    expect(stop.signal).toBe(signal);
    expect(stop.exitCode).toBe(SIGNAL_EXIT_CODES[signal]);
    now = 999;
    listeners.get(signal)!();
    expect(exits).toEqual([]);
    now = 1000;
    listeners.get('SIGTERM')!();
    expect(exits).toEqual([143]);
    expect(told).toEqual([signal]);
    stop.dispose();
    expect(listeners.size).toBe(0);
  });

  it('lets a real process finish, and then end with the code', async () => {
    const module = new URL('./interruption.ts', import.meta.url).href;
    const script = `
      import { interruption } from ${JSON.stringify(module)};
      const stop = interruption({ onSignal: () => console.log('noted') });
      console.log('ready');
      const timer = setInterval(() => {
        if (stop.signal === undefined) return;
        clearInterval(timer);
        console.log('saved');
        process.exitCode = stop.exitCode;
        stop.dispose();
      }, 5);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') child.kill('SIGINT');
      output += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(output).toBe('ready\nnoted\nsaved\n');
    expect(code).toBe(130);
  });
});
