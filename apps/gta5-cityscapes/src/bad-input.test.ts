import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture({ source: 4, heldOut: 2, target: 2 });
});
afterAll(() => fixture.remove());

let copies = 0;
/** A copy of the fixture's folders to break. */
function copy(): Fixture {
  copies += 1;
  const root = join(fixture.root, `copy${copies}`);
  cpSync(join(fixture.root, 'data'), root, { recursive: true });
  return { ...fixture, source: join(root, 'gta5'), target: join(root, 'cityscapes') };
}

/** Runs a short training that must fail, and returns what it said. */
async function failsWith(expected: number, data: Fixture, ...more: string[]): Promise<string> {
  const out = join(fixture.root, `refused${copies}`);
  rmSync(out, { recursive: true, force: true });
  const { code, err } = await run(...shortTraining(data, out), '--epochs', '1', ...more);
  expect(code).toBe(expected);
  expect(err).toMatch(/(^|\n)error: /);
  expect(err).not.toMatch(/^\s+at .*\(/m);
  return err;
}

const fails = (data: Fixture, ...more: string[]) => failsWith(1, data, ...more);

/** The same where nothing may have been written. */
async function refused(data: Fixture, ...more: string[]): Promise<string> {
  const err = await fails(data, ...more);
  expect(existsSync(join(fixture.root, `refused${copies}`, 'config.json'))).toBe(false);
  return err;
}

const grey = (values: Uint8Array, width: number, height: number) =>
  sharp(values, { raw: { width, height, channels: 1 } }).toColourspace('b-w');

describe('folders', () => {
  it('an image without a label, and a label without an image', async () => {
    const data = copy();
    rmSync(join(data.source, 'labels/00002.png'));
    expect(await refused(data)).toContain('00002.png');
    const other = copy();
    rmSync(join(other.source, 'images/00003.png'));
    expect(await refused(other)).toContain('00003.png');
  });

  it('a target image without its truth', async () => {
    const data = copy();
    const page = join(data.target, 'gtFine/val/page1');
    rmSync(join(page, readdirSync(page).sort()[1]!));
    expect(await fails(data)).toMatch(/have no label image[\s\S]*page1_000001/);
  });

  it('an empty split, a folder that is not there, other classes in the two', async () => {
    const empty = copy();
    rmSync(join(empty.target, 'leftImg8bit/val'), { recursive: true });
    mkdirSync(join(empty.target, 'leftImg8bit/val/city'), { recursive: true });
    expect(await refused(empty)).toMatch(/val split of Cityscapes was not found[\s\S]*no city/);
    expect(await refused({ ...fixture, source: join(fixture.root, 'nowhere') })).toContain('nowhere');
    const other = copy();
    rmSync(join(other.target, 'labels.json'));
    expect(await refused(other)).toMatch(/source and target have other classes[\s\S]*labels.json/);
  });
});

describe('label files', () => {
  it.each([
    [
      'of another size',
      (size: [number, number]) =>
        grey(new Uint8Array(size[0] * size[1]).fill(7), size[0], size[1])
          .resize(60, 30, { kernel: 'nearest' })
          .png()
          .toBuffer(),
      /size/,
    ],
    [
      'with ids outside the table',
      ([w, h]: [number, number]) =>
        grey(new Uint8Array(w * h).fill(99), w, h)
          .png({ palette: false })
          .toBuffer(),
      /99/,
    ],
    [
      'of 16 bits',
      ([w, h]: [number, number]) =>
        grey(new Uint8Array(w * h).fill(7), w, h)
          .toColourspace('grey16')
          .png({ palette: false })
          .toBuffer(),
      /16/,
    ],
    [
      'in RGB',
      ([w, h]: [number, number]) =>
        grey(new Uint8Array(w * h).fill(7), w, h)
          .toColourspace('srgb')
          .png({ palette: false })
          .toBuffer(),
      /RGB|colour/i,
    ],
  ] as const)('%s: the file and the fix', async (_, make, what) => {
    const data = copy();
    for (const name of readdirSync(join(data.source, 'labels'))) {
      writeFileSync(join(data.source, 'labels', name), await make([128, 64]));
    }
    const err = await fails(data);
    expect(err).toMatch(what);
    expect(err).toMatch(/images\/0000\d\.png/);
    expect(err).toContain('fix:');
  });
});

describe('one corrupt file among many', () => {
  it('is named; with --skip-unreadable it is counted and listed, and training goes on', async () => {
    const data = copy();
    writeFileSync(join(data.source, 'images/00002.png'), 'not an image');
    const page = join(data.target, 'leftImg8bit/val/page1');
    writeFileSync(join(page, readdirSync(page).sort()[0]!), 'not an image');
    expect(await fails(data)).toContain('images/00002.png');
    const out = join(fixture.root, 'skipping');
    const heldOut = readFileSync(join(data.source, 'val.txt'), 'utf8').split(/\s/)[1]!;
    const small = grey(new Uint8Array(60 * 30).fill(7), 60, 30).png();
    writeFileSync(join(data.source, heldOut), await small.toBuffer());
    const { code } = await run(...shortTraining(data, out), '--skip-unreadable', '--batch-size', '1');
    expect(code).toBe(0);
    const { skipped, source, target } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(Object.keys(skipped).sort()).toEqual(
      ['images/00002.png', heldOut, 'leftImg8bit/val/page1/page1_000000_000000_leftImg8bit.png'].sort(),
    );
    expect(skipped[heldOut]).toMatch(/60×30 pixels, its image 128×64/);
    expect(source.images).toBe(1);
    expect(target.images).toBe(1);
  });
});

describe('training', () => {
  it('stops at a loss that is not finite, and says so', async () => {
    const diverging = ['--lr', '1e30', '--schedule', 'constant', '--method', 'naive'];
    expect(await failsWith(3, fixture, ...diverging)).toMatch(/loss of step \d+ is not finite/);
  });

  it('weights of another network, options that do not go together', async () => {
    expect(await refused(fixture, '--backbone', 'resnet50')).toMatch(/another architecture than resnet50/);
    expect(await refused(fixture, '--selection', 'source-held-out', '--source-held-out', '0')).toContain(
      '--source-held-out 100',
    );
    expect(await refused(fixture, '--controller', 'learned')).toContain('--policy');
    expect(await refused(fixture, '--train-blocks', 'layer9')).toContain('conv1, bn1, layer1');
    const several = await refused(fixture, '--epochs', '0', '--grid', '8', '--output-stride', '3');
    for (const flag of ['--epochs', '--grid', '--output-stride']) expect(several).toContain(flag);
  });

  it('weights without score layers cannot be evaluated', async () => {
    const { code, err } = await run(
      'evaluate',
      '--target',
      fixture.target,
      '--backbone',
      'resnet10-28',
      '--weights',
      fixture.weights,
    );
    expect([code, err]).toEqual([1, expect.stringContaining('no score layers')]);
  });
});
