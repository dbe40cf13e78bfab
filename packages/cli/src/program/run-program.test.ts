import { UserError } from '@syn2real/core';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { addOptions, DIVERGED, ExitCode, option, parseOptions, runProgram } from '../index.js';

afterEach(() => vi.restoreAllMocks());

const options = {
  epochs: option('--epochs <n>', 'passes', z.coerce.number().int().min(1).default(30)),
  out: option('--out <dir>', 'folder', z.string().min(1)),
} as const;

async function run(args: string[], action: (given: Record<string, unknown>) => void = () => {}) {
  let err = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += String(chunk);
    return true;
  });
  const train = () => addOptions(new Command('train'), options).action(action);
  const code = await runProgram({ name: 'mine', description: 'Trains.', commands: [train] }, args);
  return { code, err };
}

describe('runProgram', () => {
  it('runs a command with what it was given', async () => {
    let values: object = {};
    const { code, err } = await run(['train', '--out', 'x'], (given) => {
      values = parseOptions(options, given);
    });
    expect([code, err]).toEqual([0, '']);
    expect(values).toEqual({ epochs: 30, out: 'x' });
  });

  it('shows a wrong option beside the valid ones, and all invalid values at once', async () => {
    const unknown = await run(['train', '--epoch', '1']);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toMatch(/unknown option '--epoch'[\s\S]*--epochs, --out[\s\S]*see mine train --help/);
    const invalid = await run(['train', '--epochs', '0'], (given) => void parseOptions(options, given));
    expect(invalid.err).toMatch(/2 options are not valid[\s\S]*--epochs[\s\S]*--out <dir> is required/);
    expect((await run(['trian'])).err).toContain('one of train');
  });

  it('explains errors without a stack, with one under --debug, and hands exit codes on', async () => {
    const fail = (error: Error) => () => {
      throw error;
    };
    const explained = new UserError({ what: 'it went wrong', fix: 'try again' });
    expect((await run(['train'], fail(explained))).err).toMatch(/^error: it went wrong\n[^\n]*try again\n$/);
    const unexpected = await run(['train'], fail(new TypeError('oops')));
    expect(unexpected.err).toMatch(/^error: oops\n {2}This was not expected/);
    expect((await run(['train', '--debug'], fail(new TypeError('oops')))).err).toMatch(/\n\s+at /);
    expect((await run(['train'], fail(new ExitCode(130)))).code).toBe(130);
    expect((await run(['train'], fail(explained))).code).toBe(1);
    const diverged = new UserError({ what: 'the loss is not finite', exitCode: DIVERGED });
    expect((await run(['train'], fail(diverged))).code).toBe(3);
  });
});
