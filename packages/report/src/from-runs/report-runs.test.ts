import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError } from '@syn2real/core';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { wholeRuns } from '../__fixtures__/whole-runs.js';
import { temporaryFolder, writeRun } from '../__fixtures__/write-runs.js';
import { main } from '../main.js';
import { readRuns } from '../read-runs.js';
import { samplesGrid } from './examples-section.js';
import { reportRuns } from './report-runs.js';
import { roundCurves, roundFigure } from './round-figure.js';

const parse = (page: string) => {
  const { document } = parseHTML(page);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return { all, texts: (selector: string) => all(selector).map((e) => e.textContent.trim()) };
};

describe('reportRuns', () => {
  const folder = temporaryFolder();
  const out = join(folder, 'report.html');
  let dirs: string[] = [];
  beforeAll(async () => {
    dirs = await wholeRuns(folder);
  });

  it('draws all that the folders hold, each task by its own measure', async () => {
    await reportRuns(dirs, { out, title: 'All' });
    const { all, texts } = parse(readFileSync(out, 'utf8'));
    expect(texts('h2')).toEqual([
      'Classification',
      'Classification: accuracy per epoch',
      'Segmentation',
      'Segmentation: accuracy per epoch',
      'Actions',
      'Rounds of self-training (classification)',
      'What is forgotten (classification)',
      'Recall by class (classification)',
      'Confusion on the target (classification)',
      'Examples (classification)',
      'Features of the target by t-SNE (classification)',
      'IoU by class (segmentation)',
      'Confusion on the target (segmentation)',
      'Examples (segmentation)',
      'Runs',
    ]);
    const heads = texts('.results thead').join(' ');
    expect(heads).toContain('mean-class accuracy, last epoch');
    expect(heads).toContain('mean IoU, not recorded');
    expect(all('.results')[1]?.textContent).toContain('40.0');
    expect(all('.panel .points path')).toHaveLength(3 * 3);
    expect(all('[data-toggle]')).toHaveLength(3);
    expect(all('.grid img')).toHaveLength(2 + 2 * 4);
    expect(all('.plot svg')).toHaveLength(2 + 1 + 1 + 5 + 2 + 2 + 1 + 3 + 3 + 1 + 2);
    expect(all('script')).toHaveLength(1);
  });

  it('is the same bytes again, and without embedding has no script', async () => {
    const read = async (embedding: 'umap' | 'none', of = dirs) => {
      await reportRuns(of, { out, embedding });
      return readFileSync(out, 'utf8');
    };
    const asg = dirs.slice(2, 3);
    expect(await read('umap', asg)).toBe(await read('umap', asg));
    expect(await read('none')).toBe(await read('none'));
    const { all } = parse(await read('none'));
    expect(all('script')).toEqual([]);
    expect(all('meta[http-equiv]')[0]?.getAttribute('content')).not.toContain('script-src');
  });

  it('does with the least, and with a policy alone', async () => {
    const bare = writeRun(temporaryFolder(), 'bare', { summary: { method: 'naive' } });
    await reportRuns([bare], { out });
    expect(parse(readFileSync(out, 'utf8')).texts('h2')).toEqual(['Runs']);
    await reportRuns([dirs.at(-1)!], { out });
    expect(parse(readFileSync(out, 'utf8')).texts('h2')).toEqual(['Actions']);
  });

  it('escapes what the folders hold', async () => {
    const bad = '"\'></style></svg></script><script>alert(1)</script><img src=x onerror=alert(1)>';
    const [first = '', ...others] = await wholeRuns(temporaryFolder(), { seeds: 1, hostile: bad });
    for (const dir of others) rmSync(join(dir, 'features.safetensors'), { force: true });
    await reportRuns([first, ...others], { out });
    const { all } = parse(readFileSync(out, 'utf8'));
    expect(all('script')).toHaveLength(1);
    expect(all('[onerror]')).toEqual([]);
    expect(all('body > *').map((e) => e.tagName)).toEqual(['HEADER', 'MAIN', 'FOOTER', 'SCRIPT']);
  });

  it('names the folder or the file that is no good', async () => {
    const parent = temporaryFolder();
    const inside = writeRun(join(parent, 'runs'), 'a', { summary: { method: 'naive' } });
    const damaged = writeRun(parent, 'damaged', { summary: { method: 'naive' } });
    writeFileSync(join(damaged, 'features.safetensors'), 'oops');
    const begun = writeRun(parent, 'begun', { config: {} });
    mkdirSync(join(parent, 'other'));
    writeFileSync(join(parent, 'other', 'notes.txt'), '');
    mkdirSync(join(parent, 'empty'));
    const cases: [string, RegExp][] = [
      [join(parent, 'missing'), /missing is not a run folder.*nothing at that path/s],
      [join(parent, 'other'), /other is not a run folder.*a folder with notes\.txt/s],
      [join(parent, 'empty'), /an empty folder/],
      [parent, new RegExp(`give the runs inside it: .*${inside}`)],
      [begun, /begun is not finished/],
      [damaged, /damaged\/features\.safetensors/],
    ];
    for (const [dir, message] of cases) {
      const error: unknown = await reportRuns([dir], { out }).catch((reason: unknown) => reason);
      expect(isUserError(error)).toBe(true);
      expect(String(error)).toMatch(message);
    }
  });

  it('shows the examples of all methods by id', () => {
    const grid = samplesGrid(readRuns(dirs.slice(0, 6)), 1);
    expect(grid?.columns).toEqual(['Image', 'Truth', 'Naive', 'ASG', 'ASG + MRKLD']);
    expect(grid?.rows.map(({ id }) => id)).toEqual(['a']);
    expect(grid?.rows[0]?.cells.map((cell) => cell?.caption)).toEqual([
      undefined,
      'car',
      'plant',
      'car',
      'car',
    ]);
    const dense = samplesGrid(readRuns(dirs.slice(6, 8)));
    expect(dense?.legend).toHaveLength(2);
    expect(dense?.rows[1]?.cells.every((cell) => cell?.data !== undefined)).toBe(true);
  });

  it('has a curve a method over rounds, and refuses to draw none', () => {
    const runs = readRuns(dirs.slice(0, 6));
    const [curve, ...others] = roundCurves(runs, 'selected');
    expect(others).toEqual([]);
    expect(curve).toMatchObject({ label: 'ASG + MRKLD', series: 2, n: 2 });
    expect(curve?.points.map(({ x, mean }) => [x, mean])).toEqual([
      [1, 0.19],
      [2, 0.38],
      [3, expect.closeTo(0.57)],
    ]);
    expect(roundCurves(runs, 'agreement')[0]?.points.map(({ x }) => x)).toEqual([2, 3]);
    expect(() => roundFigure(runs.slice(0, 2), 'selected')).toThrow(/no curve/);
  });
});

describe('syn2real-report', () => {
  const run = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const hear = (stream: 'stdout' | 'stderr', to: keyof typeof said) =>
      vi.spyOn(process[stream], 'write').mockImplementation((text) => {
        said[to] += String(text);
        return true;
      });
    const spies = [hear('stdout', 'out'), hear('stderr', 'err')];
    const code = await main(args);
    for (const spy of spies) spy.mockRestore();
    return { code, ...said };
  };

  it('writes the page and says where and how large', async () => {
    const folder = temporaryFolder();
    const dir = writeRun(folder, 'a', { summary: { method: 'naive', target: { meanClassAccuracy: 0.5 } } });
    const out = join(folder, 'deep', 'page.html');
    const { code, err } = await run(
      dir,
      '--out',
      out,
      '--title',
      'Mine',
      '--intro',
      'Of digits.',
      '--embedding',
      'none',
    );
    expect([code, err]).toEqual([0, expect.stringMatching(/^report: .*page\.html \(\d+ kB\)\n$/)]);
    const { texts } = parse(readFileSync(out, 'utf8'));
    expect([texts('h1'), texts('.intro')]).toEqual([['Mine'], ['Of digits.']]);
  });

  it('helps, and explains what it cannot understand', async () => {
    for (const args of [[], ['--help'], ['-h', 'x']])
      expect((await run(...args)).out).toContain('--embedding METHOD');
    for (const [args, message] of [
      [['x', '--embeding', 'tsne'], /--embeding/],
      [['--samples', '-1.5'], /samples/],
      [['x', '--embedding', 'pca', '--samples', 'two'], /--embedding pca: tsne, umap or none; --samples two/],
      [['--title', 'x'], /no run folder/],
      [['/nowhere'], /\/nowhere is not a run folder/],
    ] as const) {
      const { code, err } = await run(...args);
      expect(code).toBe(1);
      expect(err).toMatch(message);
      expect(err).not.toContain('    at ');
    }
  });
});
