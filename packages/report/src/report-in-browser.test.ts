import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumAvailable, launch, screenshotFolder, visit } from './__fixtures__/chromium.js';
import { inventedRuns, lines, temporaryFolder, writeRun } from './__fixtures__/write-runs.js';
import { contactSheetSection, readRuns, svgToPng, writeReport } from './index.js';

const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';
describe.skipIf(!chromiumAvailable())('the report in Chromium', () => {
  const folder = temporaryFolder();
  const screens = screenshotFolder();
  const file = join(folder, 'report.html');
  let browser: Browser;

  beforeAll(async () => {
    const hostileRun = writeRun(folder, 'hostile <b>', {
      summary: { method: hostile, label: hostile, seed: 0, target: { meanClassAccuracy: 0.3 } },
      log: lines({ kind: 'epoch', epoch: 1, target: { meanClassAccuracy: 0.3 } }),
      config: { note: hostile },
    });
    const runs = readRuns([...inventedRuns(folder, 3), hostileRun]);
    const images = Array.from({ length: 12 }, (_, i) => ({ data: digit(i % 10), caption: String(i % 10) }));
    writeReport(file, {
      title: 'From printed digits to handwriting',
      intro:
        'Four ways to fine-tune one network on printed digits, read on handwriting that training never saw.',
      runs,
      sections: [contactSheetSection({ groups: [{ title: 'Source: printed', images }] })],
    });
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280]) {
      it(`draws everything and loads nothing: ${colorScheme}, ${width} px wide`, async () => {
        const url = pathToFileURL(file).href;
        const { page, complaints, requests } = await visit(browser, url, {
          colorScheme,
          viewport: { width, height: 844 },
        });
        await page.screenshot({ path: join(screens, `${colorScheme}-${width}.png`), fullPage: true });
        const seen = await measure(page);

        expect(complaints).toEqual([]);
        expect(requests).toEqual([url]);
        expect(seen.pwned).toBe(false);
        expect(seen.bodyOverflow).toBe(0);
        expect(seen.figures).toBe(2);
        expect(seen.lineLengths.length).toBe(4 + 4 + 1);
        expect(seen.lineLengths.filter((length) => length > 100).length).toBe(4 + 4);
        expect(seen.brokenImages).toBe(0);
        expect(seen.images).toBe(12);
        expect(seen.tableScrolls).toBe(width === 390);
        expect(contrast(seen.pageColor, seen.textColor)).toBeGreaterThan(7);
        expect(contrast(seen.pageColor, seen.figureTextColor)).toBeGreaterThan(7);
        expect(seen.figureTextPixels).toBeGreaterThanOrEqual(10);
        for (const color of seen.lineColors)
          expect(contrast(seen.pageColor, color)).toBeGreaterThanOrEqual(3);
        for (const [i, color] of seen.keyColors.entries()) expect(color).toBe(seen.lineColors[i]);
        expect(readFileSync(join(screens, `${colorScheme}-${width}.png`)).length).toBeGreaterThan(10_000);
        await page.context().close();
      });
    }
  }
});

const digit = (value: number): Buffer =>
  svgToPng(
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text x="32" y="52" font-size="56" text-anchor="middle">${value}</text></svg>`,
    { scale: 1, padding: 0 },
  );

/** What the browser made of the page. */
function measure(page: Page) {
  return page.evaluate(() => {
    const all = <E extends Element>(selector: string) => [...document.querySelectorAll<E>(selector)];
    const images = all<HTMLImageElement>('img');
    const paths = all<SVGPathElement>('.plot [aria-label="line"] path');
    const firstFigureLines = all<SVGPathElement>('.figures>:first-child [aria-label="line"] path');
    const svg = document.querySelector<SVGSVGElement>('.plot svg');
    const text = document.querySelector<SVGTextElement>('.plot text');
    const scroll = document.querySelector<HTMLElement>('.results .scroll');
    return {
      pwned: 'pwned' in window,
      bodyOverflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      figures: all('.plot svg').filter((svg) => svg.getBoundingClientRect().height > 150).length,
      lineLengths: paths.map((path) => path.getTotalLength()),
      lineColors: firstFigureLines.map((path) => getComputedStyle(path).stroke),
      keyColors: all('.results .key').map((key) => getComputedStyle(key).backgroundColor),
      images: images.length,
      brokenImages: images.filter((image) => image.naturalWidth === 0).length,
      tableScrolls: scroll !== null && scroll.scrollWidth > scroll.clientWidth,
      pageColor: getComputedStyle(document.body).backgroundColor,
      textColor: getComputedStyle(document.body).color,
      figureTextColor: text === null ? '' : getComputedStyle(text).fill,
      figureTextPixels:
        svg === null || text === null
          ? 0
          : (Number.parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width) /
            svg.viewBox.baseVal.width,
    };
  });
}

/** WCAG's contrast ratio of two `rgb(…)` colours. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map((part) => {
    const channel = Number(part) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
