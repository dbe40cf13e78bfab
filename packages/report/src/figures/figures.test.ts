import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { imageFacts } from '../folder/image-file.js';
import { statistic } from '../statistic.js';
import { svgToPng } from '../svg-to-png.js';
import { classBarsFigure, classTable } from './class-bars.js';
import { classColors } from './class-palette.js';
import { confusionFigure, confusionTable, sumConfusions } from './confusion-figure.js';
import { embeddingSection } from './embedding-section.js';
import { qualitativeGridHtml, qualitativeGridPng } from './qualitative-grid.js';
import { scatterFigure } from './scatter-figure.js';
import { tiledFigure } from './tiled-figure.js';

const parse = (markup: string) => {
  const { document } = parseHTML(`<html><body>${markup}</body></html>`);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return { all, texts: (selector: string) => all(selector).map((e) => e.textContent) };
};
/** Rendered, so that it is well-formed whatever it holds. */
const rendered = (svg: string) => imageFacts(new Uint8Array(svgToPng(svg, { scale: 1, padding: 0 })), 'x');
const hostile = ['</svg><script>', '"\'&', '\u0000\u001b[31m', 'a'.repeat(200)];

describe('confusionFigure', () => {
  const counts = [
    [8, 2, 0],
    [0, 0, 0],
    [1, 0, 3],
  ];
  const classes = ['car', 'bus', 'plant'];

  it('shades by the share of the true class and tells counts', () => {
    const { all, texts } = parse(confusionFigure(counts, { classes }));
    const opacity = all('rect').map((e) => Number(e.getAttribute('fill-opacity')));
    expect(opacity).toHaveLength(9);
    expect(opacity[0]! - 0.03).toBeCloseTo(0.8 * 0.72, 3);
    expect(opacity.slice(3, 6)).toEqual([0.03, 0.03, 0.03]);
    expect(texts('title').slice(0, 4)).toEqual([
      'car read as car: 8 (80.0 %)',
      'car read as bus: 2 (20.0 %)',
      'car read as plant: 0 (0.0 %)',
      'bus read as car: 0',
    ]);
    expect(texts('desc')).toEqual(['Confusion matrix of 3 classes, 77.5 % of a class right on average.']);
    expect(parse(confusionFigure(counts, { classes, normalize: 'none' })).texts('g > text')).toEqual([
      '8',
      '2',
      '1',
      '3',
    ]);
  });

  it('is a table too, and sums over seeds', () => {
    const { rows } = confusionTable(sumConfusions([counts, counts]), classes);
    expect(rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['car', '20', '80.0', '20.0', '0.0'],
      ['bus', '0', '—', '—', '—'],
      ['plant', '8', '25.0', '0.0', '75.0'],
    ]);
  });

  it('draws any names and sizes, and refuses what is not square', () => {
    expect(
      rendered(
        confusionFigure(
          hostile.map(() => [1, 2, 3, 4]),
          { classes: hostile },
        ),
      ).width,
    ).toBe(460);
    const forty = Array.from({ length: 40 }, (_, i) => String(i));
    expect(
      rendered(
        confusionFigure(
          forty.map(() => forty.map(Number)),
          { classes: forty },
        ),
      ).width,
    ).toBe(460);
    for (const bad of [
      [],
      [[1]],
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2],
      ],
      [
        [1, 2, 3],
        [1, Number.NaN, 3],
        [1, 2, -1],
      ],
    ])
      expect(() => confusionFigure(bad, { classes })).toThrow(/confusion matrix cannot be drawn/);
  });
});

describe('classBarsFigure', () => {
  const classes = ['car', 'bus'];
  const series = [
    { label: 'A', series: 0, values: [statistic([0.5, 0.7]), undefined] },
    { label: 'B', series: 1, values: [statistic([1]), statistic([0])] },
  ];

  it('has a bar a method and class, as long as its mean', () => {
    const { all, texts } = parse(classBarsFigure(series, { classes, title: 'Recall (%)' }));
    const widths = all('rect.bar').map((e) => Number(e.getAttribute('width')));
    expect(widths).toHaveLength(3);
    expect(widths[0]! / widths[1]!).toBeCloseTo(0.6, 2);
    expect(texts('title')).toEqual([
      'A, car: 60.0 % (50.0 to 70.0, 2 seeds)',
      'B, car: 100.0 %',
      'A, bus: no images',
      'B, bus: 0.0 %',
    ]);
    expect(texts('desc')).toEqual(['A: mean 60.0 % over classes; B: mean 50.0 % over classes']);
  });

  it('is a table too', () => {
    expect(classTable(series, classes).rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['car', '60.0 ± 14.1', '100.0'],
      ['bus', '—', '0.0'],
      ['mean', '60.0', '50.0'],
    ]);
  });

  it('draws any names, and refuses values that do not fit', () => {
    const own = hostile.map((label, i) => ({
      label,
      series: i,
      values: hostile.map(() => statistic([0.5])),
    }));
    expect(rendered(classBarsFigure(own, { classes: hostile, title: '<' })).width).toBe(460);
    expect(() => classBarsFigure(series, { classes: ['car'], title: 'x' })).toThrow(
      /2 values of A, 1 classes/,
    );
    expect(() => classBarsFigure([], { classes, title: 'x' })).toThrow(/0 methods/);
  });
});

describe('scatterFigure', () => {
  it('has a path a class with all its points, in one scale', () => {
    const points = Float32Array.from([0, 0, 10, 0, 0, 5, 10, 5, 5, 2]);
    const { all, texts } = parse(
      scatterFigure(points, { labels: [0, 1, 0, 1, 9], classes: ['car', 'bus'], title: 'T', width: 232 }),
    );
    const paths = all('.points path');
    expect(paths.map((e) => e.getAttribute('data-class'))).toEqual(['-1', '0', '1']);
    const of = (i: number) => (paths[i]?.getAttribute('d') ?? '').match(/M([\d.]+),([\d.]+)h0/g) ?? [];
    expect(paths.map((_, i) => of(i).length)).toEqual([1, 2, 2]);
    const [first, second] = of(1).map((m) => m.slice(1, -2).split(',').map(Number));
    const [other] = of(2).map((m) => m.slice(1, -2).split(',').map(Number));
    expect(other![0]! - first![0]!).toBeCloseTo(200, 1);
    expect(second![1]! - first![1]!).toBeCloseTo(100, 1);
    expect(texts('.halo text')).toEqual(['car', 'bus']);
    expect(texts('[aria-label="legend"] text')).toEqual(['unknown class', 'car', 'bus']);
    expect(paths.map((e) => e.getAttribute('stroke-linecap'))).toEqual(['round', 'round', 'square']);
  });

  it('draws any finite points', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
          minLength: 1,
          maxLength: 20,
        }),
        (given) => {
          const points = Float32Array.from(given.flatMap(([v]) => [v, -v / 2]));
          const svg = scatterFigure(points, { labels: given.map(([, l]) => l), classes: hostile });
          expect(svg).not.toMatch(/NaN|Infinity/);
        },
      ),
      { numRuns: 60 },
    );
    expect(
      rendered(scatterFigure(new Float32Array(8), { labels: [0, 1, 2, 3], classes: hostile })).width,
    ).toBe(460);
    expect(() => scatterFigure(Float32Array.from([1, Number.NaN]), { labels: [0], classes: ['a'] })).toThrow(
      /not finite/,
    );
    expect(() => scatterFigure(new Float32Array(2), { labels: [], classes: ['a'] })).toThrow(
      /1 points, 0 labels/,
    );
  });

  it('has class colours that stand out from their page', () => {
    const luminance = (hex: string): number => {
      const [r, g, b] = [1, 3, 5].map((at) => {
        const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const contrast = (a: string, b: string) => {
      const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (high! + 0.05) / (low! + 0.05);
    };
    for (const color of classColors.light) expect(contrast(color, '#ffffff')).toBeGreaterThanOrEqual(3);
    for (const color of classColors.dark) expect(contrast(color, '#14171c')).toBeGreaterThanOrEqual(3);
    expect(new Set([...classColors.light, ...classColors.dark]).size).toBe(24);
  });
});

describe('embeddingSection', () => {
  it('has a button a class that occurs, a panel a method, and a table', () => {
    const points = Float32Array.from([0, 0, 0, 1, 9, 9]);
    const { body, interactive } = embeddingSection([{ title: 'A', points, labels: [0, 0, 2] }], {
      classes: ['car', 'bus', '<i>'],
    });
    expect(interactive).toBe(true);
    const { all, texts } = parse(body.markup);
    expect(texts('button')).toEqual(['car', '<i>']);
    expect(all('.panel svg')).toHaveLength(1);
    expect(texts('tbody tr').map((row) => row.trim())).toEqual(['car2; 100.0 %', '<i>1; 0.0 %']);
  });
});

describe('qualitative grids', () => {
  const png = (width: number, height: number, fill: string) =>
    new Uint8Array(
      svgToPng(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" fill="${fill}"/></svg>`,
        { scale: 1, padding: 0 },
      ),
    );
  const grid = {
    columns: ['Image', 'ASG', '<b>'],
    rows: [
      {
        id: '<i>',
        cells: [{ data: png(40, 20, '#f00') }, { data: png(40, 20, '#0f0'), caption: '</svg>' }, undefined],
      },
      { id: 'two', cells: [{ data: png(20, 20, '#00f') }, { caption: 'car' }, { caption: 'bus' }] },
    ],
    legend: [{ name: '&road', color: '#804080' }],
  };

  it('stand in a page with their images', () => {
    const { all, texts } = parse(qualitativeGridHtml(grid).markup);
    expect(texts('th')).toEqual(grid.columns);
    expect(texts('td')).toEqual(['', '</svg>', '—', '', 'car', 'bus']);
    expect(all('img').map((e) => [e.getAttribute('alt'), e.getAttribute('width')])).toEqual([
      ['Image: <i>', '40'],
      ['ASG: <i>', '40'],
      ['Image: two', '20'],
    ]);
    expect(texts('figcaption span')).toEqual(['&road']);
  });

  it('are one PNG file too, images in their proportions', () => {
    const small = imageFacts(new Uint8Array(qualitativeGridPng(grid, { cellWidth: 100 })), 'x');
    expect(small.width).toBe(3 * 106 - 6 + 16);
    // Titles 26; rows of 50 + 20 and 100 + 20, each with a gap of 6; the legend's line.
    expect(small.height).toBeGreaterThanOrEqual(26 + 76 + 126 + 16);
    expect(small.height).toBeLessThan(26 + 76 + 126 + 16 + 40);
    expect(
      imageFacts(new Uint8Array(qualitativeGridPng(grid, { cellWidth: 100, scale: 2 })), 'x').width,
    ).toBe(2 * small.width);
  });

  it('refuse what is no grid', () => {
    expect(() => qualitativeGridPng({ columns: ['a'], rows: [] })).toThrow(/0 rows, 1 columns/);
    expect(() => qualitativeGridHtml({ columns: ['a'], rows: [{ id: 'r', cells: [] }] })).toThrow(
      /0 cells in the row r/,
    );
    expect(() =>
      qualitativeGridHtml({ columns: ['a'], rows: [{ id: 'r', cells: [{ data: new Uint8Array(3) }] }] }),
    ).toThrow(/a: r cannot be shown/);
  });
});

describe('tiledFigure', () => {
  const panel = (title: string, width: number) =>
    scatterFigure(Float32Array.from([0, 0, 1, 1]), { labels: [0, 1], classes: ['car', 'bus'], title, width });

  it('puts figures side by side, row by row, whole', () => {
    const panels = ['one', 'two', 'three'].map((title) => panel(title, 200));
    const tiled = tiledFigure(panels, { columns: 2, gap: 10 });
    const one = rendered(panels[0]!);
    const { width, height } = rendered(tiled);
    expect(width).toBe(2 * one.width + 10);
    expect(Math.abs(height - (2 * one.height + 10)), 'rounding to whole pixels').toBeLessThanOrEqual(2);
    const { all, texts } = parse(tiled);
    for (const title of ['one', 'two', 'three']) expect(texts('text')).toContain(title);
    expect(all('svg > g').map((g) => g.getAttribute('transform')?.split(',')[0])).toEqual(
      expect.arrayContaining(['translate(0', 'translate(210']),
    );
  });

  it('needs no more room than there are figures', () => {
    expect(rendered(tiledFigure([panel('alone', 200)])).width).toBe(200);
  });

  it('refuses none, and what says no size', () => {
    expect(() => tiledFigure([])).toThrow(/no figure/);
    expect(() => tiledFigure(['<svg xmlns="http://www.w3.org/2000/svg"/>'])).toThrow(/width and height/);
  });
});
