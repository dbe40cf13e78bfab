import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { record } from './__fixtures__/record.js';
import { inventedRuns, temporaryFolder } from './__fixtures__/write-runs.js';
import {
  accuracyFigure,
  contactSheetSection,
  figureHtml,
  html,
  readRuns,
  reportHtml,
  svgToPng,
  writeReport,
} from './index.js';

const runs = readRuns(inventedRuns(temporaryFolder(), 2, 3));
const parse = (page: string) => {
  const { document } = parseHTML(page);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return { document, all, texts: (selector: string) => all(selector).map((e) => e.textContent.trim()) };
};

describe('reportHtml', () => {
  it('has title, result, table, figures, sections and each run', () => {
    const { all, texts } = parse(
      reportHtml({
        title: 'Digits',
        intro: 'What was compared.',
        runs,
        sections: [{ title: 'More', body: html`<p>${'text'}</p>` }],
        generatedAt: new Date('2026-01-02T03:04:05Z'),
      }),
    );
    expect(texts('h1')).toEqual(['Digits']);
    expect(texts('h2')).toEqual(['Accuracy per epoch', 'More', 'Runs']);
    expect(texts('.result')[0]).toMatch(
      /^Proxy guidance reads highest on the target at the last epoch: [\d.]+\u00a0±\u00a0[\d.]+\u00a0% mean-class accuracy, and [\d.]+\u00a0±\u00a0[\d.]+\u00a0% on the old task\. Next comes Naive fine-tuning, small/,
    );
    expect(all('.results tbody tr')).toHaveLength(4);
    expect(all('.figures svg')).toHaveLength(2);
    expect(texts('.runs summary')).toHaveLength(8);
    expect(texts('.runs summary')[1]).toBe('Head only, seed 1 head-only-1');
    expect(texts('.runs details pre')[0]).toBe('pnpm visda17 train --method head-only --seed 0');
    expect(texts('.runs details')[0]).toMatch(/"sha256": "9f2c/);
    expect(texts('footer')[0]).toBe('Made by syn2real from 8 run folders, 2026-01-02 03:04 UTC.');
  });

  it('is the same bytes for the same runs', () => {
    expect(reportHtml({ title: 'x', runs })).toBe(reportHtml({ title: 'x', runs }));
  });

  it('refers to nothing outside and forbids scripts', () => {
    const page = reportHtml({ title: 'x', runs });
    const { all } = parse(page);
    expect(all('script,link,iframe,object,embed,base,form')).toEqual([]);
    expect(all('[src],[href],[action]')).toEqual([]);
    expect(page).not.toMatch(/url\(|@import/);
    expect(all('meta[http-equiv="Content-Security-Policy"]')[0]?.getAttribute('content')).toMatch(
      /^default-src 'none'; img-src data:;/,
    );
  });

  it('escapes every text that a run folder holds', () => {
    const bad = '"\'></style></svg></script><script>alert(1)</script><img src=x onerror=alert(1)>';
    const page = reportHtml({
      title: bad,
      result: bad,
      intro: bad,
      runs: [
        record({
          dir: bad,
          name: bad,
          method: bad,
          label: bad,
          selection: bad,
          final: { target: 0.5 },
          epochs: [{ epoch: 1, target: 0.5 }],
          command: bad,
          config: { [bad]: bad },
          fingerprint: bad,
        }),
      ],
      sections: [
        { title: bad, body: html`${bad}` },
        contactSheetSection({
          title: bad,
          intro: bad,
          groups: [{ title: bad, images: [{ data: Buffer.from([0xff, 0xd8, 0xff, 0xe0]), caption: bad }] }],
        }),
      ],
    });
    const { all } = parse(page);
    expect(all('script,img[onerror],[onerror]')).toEqual([]);
    expect(all('img')).toHaveLength(1);
    expect(page.match(/<script/g)).toBeNull();
    expect(all('body > *').map((e) => e.tagName)).toEqual(['HEADER', 'MAIN', 'FOOTER']);
  });

  it('does without figures, seeds, commands and fingerprints', () => {
    const { all, texts } = parse(reportHtml({ title: 'x', runs: [record({ label: 'A' })] }));
    expect(texts('.result')).toEqual(['No run recorded an accuracy on the target at a selected checkpoint.']);
    expect(all('svg')).toEqual([]);
    expect(texts('h2')).toEqual(['Runs']);
    expect(texts('.runs dd')).toEqual([
      '/runs/x',
      'naive',
      'last',
      'not recorded',
      'not recorded',
      'not recorded',
    ]);
  });

  it('refuses an empty list of runs', () => {
    expect(() => reportHtml({ title: 'x', runs: [] })).toThrow(/the report has no runs/);
  });
});

describe('contactSheetSection', () => {
  it('embeds PNG and JPEG', () => {
    const png = svgToPng('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>', { padding: 0 });
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]);
    const { body } = contactSheetSection({
      groups: [
        { title: 'Source', images: [{ data: png, caption: 'seven' }] },
        { title: 'Target', images: [{ data: new Uint8Array(jpeg), caption: '7' }], wide: true },
      ],
    });
    const { all, texts } = parse(`<html><body>${body.markup}</body></html>`);
    expect(texts('h3')).toEqual(['Source', 'Target']);
    expect(all('img').map((img) => img.getAttribute('src'))).toEqual([
      `data:image/png;base64,${png.toString('base64')}`,
      'data:image/jpeg;base64,/9j/4AEC',
    ]);
    expect(all('img').map((img) => img.getAttribute('alt'))).toEqual(['seven', '7']);
    expect(all('.wide')).toHaveLength(1);
  });

  it('refuses other bytes', () => {
    for (const data of [Buffer.from('<svg onload="x"/>'), Buffer.alloc(0), Buffer.from('GIF89a')]) {
      expect(() =>
        contactSheetSection({ groups: [{ title: 'x', images: [{ data, caption: 'c' }] }] }),
      ).toThrow(/neither PNG nor JPEG/);
    }
  });
});

describe('figureHtml', () => {
  it('takes one SVG and nothing else', () => {
    const figure = figureHtml(accuracyFigure(runs, { metric: 'source' }), 'A <caption>').markup;
    expect(parse(`<html><body>${figure}</body></html>`).texts('figcaption')).toEqual(['A <caption>']);
    for (const other of ['', 'text', '<img src="x">', '<svgx></svg>', '<svg>']) {
      expect(() => figureHtml(other, 'x')).toThrow(/not SVG/);
    }
  });
});

describe('writeReport', () => {
  it('writes the page whole, into a folder that it makes, over an old one, with nothing left beside', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    const file = join(folder, 'report.html');
    writeReport(file, { title: 'first', runs });
    writeReport(file, { title: 'second', runs });
    expect(readFileSync(file, 'utf8')).toBe(reportHtml({ title: 'second', runs }));
    expect(readdirSync(folder)).toEqual(['report.html']);
  });

  it('says where it cannot write, and leaves what was there', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'report.html');
    mkdirSync(file);
    writeFileSync(join(file, 'kept'), 'kept');
    try {
      writeReport(file, { title: 'x', runs });
      expect.unreachable();
    } catch (error) {
      expect(isUserError(error)).toBe(true);
      expect(String(error)).toContain(`cannot write ${file}`);
    }
    expect(readFileSync(join(file, 'kept'), 'utf8')).toBe('kept');
    expect(readdirSync(folder)).toEqual(['report.html']);
  });
});
