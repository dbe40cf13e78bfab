import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumAvailable, launch, screenshotFolder, visit } from '../__fixtures__/chromium.js';
import { wholeRuns } from '../__fixtures__/whole-runs.js';
import { temporaryFolder } from '../__fixtures__/write-runs.js';
import { classColors } from '../figures/class-palette.js';
import { palette } from '../palette.js';
import { reportRuns } from './report-runs.js';

describe.skipIf(!chromiumAvailable())('a report from run folders in Chromium', () => {
  const folder = temporaryFolder();
  const screens = screenshotFolder();
  const out = join(folder, 'report.html');
  const url = pathToFileURL(out).href;
  let browser: Browser;

  beforeAll(async () => {
    await reportRuns(await wholeRuns(folder, { points: 90 }), { out, title: 'All that a report shows' });
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280]) {
      it(`draws every figure and loads nothing: ${colorScheme}, ${width} px wide`, async () => {
        const { page, complaints, requests } = await visit(browser, url, {
          colorScheme,
          viewport: { width, height: 844 },
        });
        const screen = join(screens, `whole-${colorScheme}-${width}.png`);
        await page.screenshot({ path: screen, fullPage: true });
        const seen = await measure(page);
        expect(complaints).toEqual([]);
        expect(requests).toEqual([url]);
        expect(seen.overflow).toBe(0);
        expect(seen.hollow).toEqual([]);
        expect(seen.figures).toBe(23);
        expect(seen.points).toEqual(Array.from({ length: 9 }, () => true));
        expect(seen.images).toEqual({ all: 10, drawn: 10 });
        expect(seen.outside).toEqual([]);
        expect(seen.colours).toEqual([classColors[colorScheme][0], palette[colorScheme][0]].map(rgb));
        expect(readFileSync(screen).length).toBeGreaterThan(20_000);
        await page.context().close();
      });
    }
  }

  it('shows and hides classes, and names the class pointed at', async () => {
    const { page, complaints } = await visit(browser, url, { viewport: { width: 1280, height: 844 } });
    const shown = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('.panel .points path')].map(
          (e) => getComputedStyle(e).display !== 'none',
        ),
      );
    const button = page.locator('[data-toggle="1"]');
    await button.click();
    expect(await shown()).toEqual([true, false, true, true, false, true, true, false, true]);
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    expect(await shown()).toEqual(Array.from({ length: 9 }, () => true));
    await button.dblclick();
    expect(await shown()).toEqual([false, true, false, false, true, false, false, true, false]);
    await button.dblclick();
    expect(await shown()).toEqual(Array.from({ length: 9 }, () => true));

    const at = await page.evaluate(() => {
      const path = document.querySelector<SVGPathElement>('.panel .points path[data-class="2"]')!;
      path.scrollIntoView({ block: 'center' });
      const [x = 0, y = 0] = (path.getAttribute('d') ?? '').slice(1).split('h')[0]!.split(',').map(Number);
      const place = new DOMPoint(x, y).matrixTransform(path.ownerSVGElement!.getScreenCTM()!);
      return { x: place.x, y: place.y };
    });
    await page.mouse.move(at.x, at.y);
    expect(await page.locator('.pointed').textContent()).toBe('plant');
    await page.mouse.move(1, 1);
    expect((await page.locator('.pointed').textContent())?.trim()).toBe('');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('stays small', () => {
    expect(statSync(out).size).toBeLessThan(400_000);
  });
});

const rgb = (hex: string | undefined): string =>
  `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex?.slice(at, at + 2) ?? '', 16)).join(', ')})`;

/** What the browser made of the page. */
function measure(page: Page) {
  return page.evaluate(() => {
    const all = <E extends Element>(selector: string) => [...document.querySelectorAll<E>(selector)];
    const box = (e: Element) => e.getBoundingClientRect();
    const figures = all('.plot svg').filter((e) => box(e).width > 0);
    const drawn = 'path,rect,circle,line';
    const images = all<HTMLImageElement>('img');
    const bar = all('rect.bar')[0]!;
    const point = all('.points path[data-class="0"]')[0]!;
    return {
      colours: [getComputedStyle(point).stroke, getComputedStyle(bar).fill],
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      figures: figures.filter((e) => box(e).height > 60).length,
      hollow: figures.flatMap((e) =>
        [...e.querySelectorAll(drawn)].some((mark) => box(mark).width > 3 || box(mark).height > 3)
          ? []
          : [e.querySelector('desc')?.textContent],
      ),
      outside: figures.flatMap((e) => (box(e).right > window.innerWidth + 1 ? [box(e).right] : [])),
      points: all<SVGPathElement>('.points path').map((e) => box(e).width > 1 && box(e).height > 1),
      images: {
        all: images.length,
        drawn: images.filter((i) => i.naturalWidth > 0 && box(i).width > 20).length,
      },
    };
  });
}
