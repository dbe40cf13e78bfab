import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/run.js';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { frame, readFrames, scalarEvent, versionEvent } from './events.js';

describe('crc32c', () => {
  it('gives the known answers of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  });

  it('gives the check value of the polynomial', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('is masked as TFRecord masks it', () => {
    const length = new Uint8Array(8);
    length[0] = 24;
    // the twelve bytes that every TensorBoard file with the version record begins with
    expect(Buffer.from(frame(new Uint8Array(24)).subarray(0, 12)).toString('hex')).toBe(
      '1800000000000000a37f4b22',
    );
    expect(maskedCrc32c(length)).toBe(0x224b7fa3);
  });
});

describe('an event file', () => {
  it('is framed so that its whole records are found again, and torn ones are not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (records, where) => {
          const frames = records.map((record) => Buffer.from(frame(record)));
          const bytes = Buffer.concat(frames);
          expect(readFrames(bytes).records.map((record) => Array.from(record))).toEqual(
            records.map((record) => Array.from(record)),
          );
          const cut = Math.floor(where * bytes.length);
          const torn = readFrames(bytes.subarray(0, cut));
          let whole = 0;
          for (const part of frames) {
            if (whole + part.length > cut) break;
            whole += part.length;
          }
          expect(torn.length).toBe(whole);
        },
      ),
    );
  });

  it('ends before a changed byte', () => {
    const good = Buffer.concat([frame(Uint8Array.of(1, 2, 3)), frame(Uint8Array.of(4))]);
    for (let at = 19; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = bad[at]! ^ 0x10;
      expect(readFrames(bad).length).toBe(19);
    }
  });

  it('holds the fields of the Event message', () => {
    const [version] = readFrames(versionEvent(1.5)).records;
    expect(Buffer.from(version!).toString('hex')).toBe(
      `09${'000000000000f83f'}1a0d${Buffer.from('brain.Event:2').toString('hex')}`,
    );
    const [event] = readFrames(scalarEvent(2, 300, { a: 1 })).records;
    expect(Buffer.from(event!).toString('hex')).toBe(
      `09${'0000000000000040'}10ac02${'2a0a'}${'0a08'}${'0a0161'}${'150000803f'}`,
    );
  });
});

const python = [process.env.SYN2REAL_PYTHON, 'python3', 'python'].find((command) => {
  if (command === undefined || command === '') return false;
  try {
    execFileSync(command, ['-c', 'import tensorboard'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (python === undefined) {
  console.warn(
    'SKIPPED: no Python with tensorboard (set SYN2REAL_PYTHON); the event files were not read by its reader.',
  );
}

describe.skipIf(python === undefined)("TensorBoard's own reader", () => {
  it('reads tags, steps and values', () => {
    const folder = temporaryFolder();
    const steps = [0, 1, 127, 128, 70_000, 2 ** 40];
    writeFileSync(
      join(folder, 'events.out.tfevents.1700000000.run.syn2real'),
      Buffer.concat([
        versionEvent(1_700_000_000.25),
        ...steps.map((step, i) =>
          scalarEvent(1_700_000_000.5 + i, step, { 'train/loss/task': 0.1 * i, 'rate/größe': -1e-7 * i }),
        ),
      ]),
    );
    const script = [
      'import json, sys',
      'from tensorboard.backend.event_processing.event_accumulator import EventAccumulator',
      'events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})',
      'events.Reload()',
      'tags = events.Tags()',
      'read = {t: [[e.step, e.wall_time, e.value] for e in events.Scalars(t)] for t in tags["scalars"]}',
      'print(json.dumps(read))',
    ].join('\n');
    const read: Record<string, [number, number, number][]> = JSON.parse(
      execFileSync(python!, ['-c', script, folder], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    expect(Object.keys(read).sort()).toEqual(['rate/größe', 'train/loss/task']);
    expect(read['train/loss/task']).toEqual(
      steps.map((step, i) => [step, 1_700_000_000.5 + i, Math.fround(0.1 * i)]),
    );
    expect(read['rate/größe']!.map(([, , value]) => value)).toEqual(
      steps.map((_, i) => Math.fround(-1e-7 * i)),
    );
  });
});
