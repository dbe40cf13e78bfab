import { isUserError } from '@syn2real/core';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { accuracyFigure, type RunRecord, svgToPng } from './index.js';

const run = (label: string, targets: readonly number[], from = 0): RunRecord =>
  record({ label, epochs: targets.map((target, i) => ({ epoch: from + i, target })) });

const parse = (svg: string) => {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return { document, all, texts: (selector: string) => all(selector).map((e) => e.textContent) };
};

describe('accuracyFigure', () => {
  const svg = accuracyFigure(
    [run('A', [0.1, 0.5, 0.6]), run('A', [0.1, 0.55, 0.7]), run('B', [0.1, 0.4, 0.45])],
    {
      metric: 'target',
    },
  );

  it('has a line a method, a band where there are seeds, a marker a reading, titles and a legend', () => {
    const { all, texts } = parse(svg);
    expect(all('[aria-label="line"] path')).toHaveLength(2);
    expect(all('[aria-label="area"] path')).toHaveLength(1);
    expect(all('[aria-label="dot"] title')).toHaveLength(6);
    expect(texts('[aria-label="dot"] title')[2]).toBe('A, epoch 2: 65.0 % (60.0 to 70.0, 2 seeds)');
    expect(texts('[aria-label="dot"] title')[5]).toBe('B, epoch 2: 45.0 %');
    expect(texts('[aria-label="legend"] text')).toEqual([
      'A',
      'B',
      'Line: mean over seeds. Band: lowest to highest seed.',
      'Target mean-class accuracy (%)',
    ]);
    expect(texts('[aria-label="x-axis label"] text')).toEqual(['Epoch']);
    expect(texts('[aria-label="x-axis tick label"] text')).toEqual(['0', '1', '2']);
    expect(all('svg')[0]?.getAttribute('role')).toBe('img');
    expect(texts('svg > desc')[0]).toBe('A: 65.0 % at epoch 2; B: 45.0 % at epoch 2');
  });

  it('draws the mean where the scale puts it', () => {
    const { all } = parse(svg);
    const ticks = all('[aria-label="y-axis tick label"] text').map((e) => ({
      value: Number(e.textContent),
      y: Number(/,([\d.]+)\)/.exec(e.getAttribute('transform') ?? '')?.[1]),
    }));
    const [low, high] = [ticks[0]!, ticks.at(-1)!];
    const yOf = (value: number) =>
      low.y + ((value - low.value) / (high.value - low.value)) * (high.y - low.y);
    const points = all('[aria-label="line"] path')[0]?.getAttribute('d')?.slice(1).split('L') ?? [];
    const ys = points.map((point) => Number(point.split(',')[1]));
    for (const [i, mean] of [10, 52.5, 65].entries()) expect(ys[i]).toBeCloseTo(yOf(mean), 1);
  });

  it('takes the text colour around it and turns its series dark by style sheet', () => {
    expect(svg).toMatch(/^<svg [^>]*fill="currentColor"/);
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).toMatch(
      /@media \(prefers-color-scheme: dark\)\{\.syn2real-figure \[stroke="#3997e1"\]\{stroke:/,
    );
    expect(parse(svg).all('[fill="black"],[stroke="black"],[fill="white"],[stroke="white"]')).toEqual([]);
  });

  it('keeps a hostile label text', () => {
    const label = '"><script>alert(1)</script><a href="javascript:x">&\u0000\ud800';
    const { all, texts } = parse(accuracyFigure([run(label, [0.1, 0.2])], { metric: 'target' }));
    expect(all('script,a,[onerror],[onload]')).toEqual([]);
    expect(texts('[aria-label="legend"] text')[0]).toMatch(/^"><script>alert/);
    expect(svgToPng(accuracyFigure([run(label, [0.1, 0.2])], { metric: 'target' })).length).toBeGreaterThan(
      1000,
    );
  });

  it('draws a single epoch, a thousand epochs, and twenty methods', () => {
    expect(
      parse(accuracyFigure([run('A', [0.4], 7)], { metric: 'target' })).texts(
        '[aria-label="x-axis tick label"] text',
      ),
    ).toEqual(['7']);
    const long = parse(
      accuracyFigure(
        [
          run(
            'A',
            Array.from({ length: 1001 }, (_, i) => i / 1001),
          ),
        ],
        { metric: 'target' },
      ),
    );
    expect(long.texts('[aria-label="x-axis tick label"] text')).toEqual([
      '0',
      '200',
      '400',
      '600',
      '800',
      '1000',
    ]);
    const many = Array.from({ length: 20 }, (_, i) => run(`method ${i}`, [0.1, i / 20]));
    const { all } = parse(accuracyFigure(many, { metric: 'target' }));
    const looks = all('[aria-label="line"]').map(
      (g) => `${g.getAttribute('stroke')} ${g.getAttribute('stroke-dasharray')}`,
    );
    expect(new Set(looks).size).toBe(20);
  });

  it('refuses runs without the metric', () => {
    try {
      accuracyFigure([run('A', [0.1])], { metric: 'retention' });
      expect.unreachable();
    } catch (error) {
      expect(isUserError(error)).toBe(true);
      expect(String(error)).toMatch(/no retention curve can be drawn/);
    }
  });
});
