import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgress, duration } from './progress.js';

function stream(isTTY: boolean) {
  let text = '';
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { sink: Object.assign(sink, { isTTY, columns: 120 }), text: () => text };
}

describe('progress where there is no terminal', () => {
  it('prints a line every few seconds at most, and the last state', () => {
    const { sink, text } = stream(false);
    let now = 0;
    const progress = createProgress(sink, { total: 100, label: 'train', now: () => now });
    for (let done = 1; done <= 100; done++) {
      now += 250;
      progress.update(done, `loss ${done}`);
    }
    progress.stop();
    progress.stop();
    expect(text().split('\n')).toEqual([
      'train 20/100 (20 %), 4.00 steps/s, 20 s left, loss 20',
      'train 40/100 (40 %), 4.00 steps/s, 15 s left, loss 40',
      'train 60/100 (60 %), 4.00 steps/s, 10 s left, loss 60',
      'train 80/100 (80 %), 4.00 steps/s, 5 s left, loss 80',
      'train 100/100 (100 %), 4.00 steps/s in 25 s, loss 100',
      '',
    ]);
  });

  it('leaves out of the rate what was done before', () => {
    const { sink, text } = stream(false);
    let now = 0;
    const progress = createProgress(sink, {
      total: 1000,
      label: 'train',
      unit: 'images',
      start: 900,
      now: () => now,
    });
    now = 10_000;
    progress.update(950);
    progress.log('epoch done');
    progress.stop();
    expect(text()).toBe('train 950/1000 (95 %), 5.00 images/s, 10 s left\nepoch done\n');
  });

  it('has no rate before anything is done, nor for an empty total', () => {
    const { sink, text } = stream(false);
    const progress = createProgress(sink, { total: 0, label: 'train', start: -1, now: () => 0 });
    progress.update(0);
    progress.stop();
    expect(text()).toBe('train 0/0 (100 %), - steps/s\n');
  });

  it('writes no control characters', () => {
    const { sink, text } = stream(false);
    const progress = createProgress(sink, { total: 2, label: 'train', lineEveryMs: 0 });
    progress.update(1, 'x');
    progress.log('line');
    progress.update(2);
    progress.stop();
    expect([...text()].every((char) => char === '\n' || char >= ' ')).toBe(true);
    expect(text()).toContain('train 1/2');
  });
});

describe('progress on a terminal', () => {
  it('draws a bar with rate, remaining time and note', () => {
    const { sink, text } = stream(true);
    const terminal = Object.assign(sink, {
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    let now = 0;
    const progress = createProgress(terminal, { total: 10, label: 'train', now: () => now });
    now = 2000;
    progress.update(4, 'loss 0.5');
    progress.log('a line');
    progress.stop();
    expect(text()).toContain('train');
    expect(text()).toContain('4/10  2.00 steps/s, 3 s left  loss 0.5');
    expect(text()).toContain('a line\n');
  });
});

describe('duration', () => {
  it('is said as a person says it', () => {
    expect([0, 59.4, 59.6, 185, 3599.4, 3600, 7620].map(duration)).toEqual([
      '0 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '59 min 59 s',
      '1 h 00 min',
      '2 h 07 min',
    ]);
  });
});
