import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { accuracyFigure, distanceCurves, distanceFigure, lineFigure, statistic, svgToPng } from './index.js';

const points = (values: readonly number[]) => values.map((value, x) => ({ x, ...statistic([value])! }));
const texts = (svg: string, selector: string) =>
  [...parseHTML(`<html><body>${svg}</body></html>`).document.querySelectorAll(selector)].map(
    (e) => e.textContent,
  );

describe('lineFigure', () => {
  it('draws plain values with their own axis titles', () => {
    const svg = lineFigure([{ label: 'conv1', series: 0, n: 1, points: points([0, 2.5, 10]) }], {
      xTitle: 'Decision',
      yTitle: 'Action',
      domain: [0, 10],
    });
    expect(texts(svg, '[aria-label="x-axis label"] text')).toEqual(['Decision']);
    expect(texts(svg, '[aria-label="dot"] title')[1]).toBe('conv1, decision 1: 2.500');
    expect(texts(svg, '[aria-label="y-axis tick label"] text').at(-1)).toBe('10');
    expect(texts(svg, 'svg > desc')[0]).toBe('conv1: 10.000 at decision 2');
  });

  it('thins the markers of a long curve, not its line', () => {
    const svg = lineFigure(
      [{ label: 'A', series: 0, n: 1, points: points(Array.from({ length: 500 }, (_, i) => i)) }],
      {
        yTitle: 'y',
      },
    );
    expect(texts(svg, '[aria-label="dot"] title').length).toBeLessThanOrEqual(32);
    const { document } = parseHTML(`<html><body>${svg}</body></html>`);
    expect(document.querySelector('[aria-label="line"] path')?.getAttribute('d')?.split('L')).toHaveLength(
      500,
    );
  });

  it('draws values that are all 0, and negative ones', () => {
    for (const values of [
      [0, 0],
      [-1, 1],
    ])
      expect(
        svgToPng(lineFigure([{ label: 'A', series: 0, n: 1, points: points(values) }], { yTitle: 'y' }))
          .length,
      ).toBeGreaterThan(1000);
  });

  it('refuses a figure without a point', () => {
    expect(() => lineFigure([], { yTitle: 'y' })).toThrow(/no curve/);
    expect(() => lineFigure([{ label: 'A', series: 0, n: 0, points: [] }], { yTitle: 'y' })).toThrow(
      /no curve/,
    );
  });
});

describe('the forgetting monitor', () => {
  const run = (seed: number, layer1: number) =>
    record({
      label: 'A',
      seed,
      epochs: [
        { epoch: 0, kl: 0, agreement: 1, distance: { conv1: 0, layer1: 0 } },
        { epoch: 1, kl: 0.5, agreement: 0.9, distance: { conv1: 1, layer1 } },
      ],
    });

  it('has a curve a group, over seeds', () => {
    const curves = distanceCurves([run(0, 2), run(1, 4), record({ label: 'A' })]);
    expect(curves.map(({ label, n }) => [label, n])).toEqual([
      ['conv1', 2],
      ['layer1', 2],
    ]);
    expect(curves[1]?.points.map(({ x, mean, min, max }) => [x, mean, min, max])).toEqual([
      [0, 0, 0, 0],
      [1, 3, 2, 4],
    ]);
    expect(texts(distanceFigure([run(0, 2)]), '[aria-label="legend"] text')[1]).toBe('layer1');
    expect(() => distanceFigure([record({ label: 'A' })])).toThrow(/no curve/);
  });

  it('tells KL in nats and agreement in percent', () => {
    const title = (metric: 'kl' | 'agreement') =>
      texts(accuracyFigure([run(0, 1)], { metric }), '[aria-label="dot"] title')[1];
    expect(title('kl')).toBe('A, epoch 1: 0.500');
    expect(title('agreement')).toBe('A, epoch 1: 90.0 %');
  });
});
