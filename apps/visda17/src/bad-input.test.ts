import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackbone, oldHead } from '@syn2real/backbones';
import { createRng } from '@syn2real/core';
import { toStateDict, writeSafetensors } from '@syn2real/weights';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/capture.js';
import { type Fixture, makeFixture, shortTraining } from './testing/fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => fixture.remove());

/** Runs a short training that must fail, and returns what it said; nothing may have been written. */
async function refused(args: string[], out = join(fixture.root, 'refused')): Promise<string> {
  const { code, err } = await run(...args, '--out', out);
  expect(code).toBe(1);
  expect(err).toMatch(/^(backend.*\n)*(.*\n)*error: /);
  expect(err).not.toMatch(/^\s+at .*\(/m);
  expect(existsSync(join(out, 'config.json'))).toBe(false);
  return err;
}
const training = (): string[] => shortTraining(fixture, join(fixture.root, 'refused'));
const copyOfData = (name: string): string => {
  const copy = join(fixture.root, name);
  cpSync(fixture.data, copy, { recursive: true });
  return copy;
};
const list = (data: string, split = 'train'): string => join(data, split, 'image_list.txt');

describe('options', () => {
  it('an unknown one: the valid ones', async () => {
    const { code, err } = await run('train', '--lambada', '1');
    expect(code).toBe(1);
    expect(err).toContain("unknown option '--lambada'");
    expect(err).toContain('--lambda');
    expect(err).toContain('--backbone-factor');
  });

  it('an unknown command: the valid ones', async () => {
    const { code, err } = await run('trian');
    expect(code).toBe(1);
    expect(err).toMatch(/prepare, doctor, train, train-policy, evaluate, predict, demo, reproduce/);
  });

  it('an unknown method: the valid ones', async () => {
    expect(await refused([...training(), '--method', 'asq'])).toMatch(/naive.*head-only.*proxy-guidance/);
  });

  it('several at once: all are named', async () => {
    const err = await refused([...training(), '--epochs', '0', '--lr', 'fast', '--momentum', '1']);
    for (const flag of ['--epochs', '--lr', '--momentum']) expect(err).toContain(flag);
  });

  it('required ones that are missing', async () => {
    const { code, err } = await run('train');
    expect(code).toBe(1);
    expect(err).toContain('--data <dir> is required');
    expect(err).toContain('--weights <source> is required');
  });

  it('unknown groups and no trained group', async () => {
    expect(await refused([...training(), '--train-blocks', 'layer5'])).toMatch(
      /layer5[\s\S]*conv1, bn1, layer1/,
    );
    expect(await refused([...training(), '--train-blocks', 'layer1', '--backbone-factor', '0'])).toContain(
      'no group',
    );
  });

  it('a selection that needs held-out images without any, and all held out', async () => {
    const needs = await refused([...training(), '--selection', 'source-held-out', '--source-held-out', '0']);
    expect(needs).toContain('pass --source-held-out');
    expect(await refused([...training(), '--source-held-out', '1'])).toContain('left to train on');
  });

  it('--help names every option with its default', async () => {
    const { code, out } = await run('train', '--help');
    expect(code).toBe(0);
    for (const [flag, preset] of [
      ['--epochs', '30'],
      ['--lambda', 'its own; 0.1 for proxy-guidance'],
      ['--lr', '0.0001'],
      ['--selection', 'last'],
    ]) {
      expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp(`${flag} .*?default: ${preset}`));
    }
  });
});

describe('data', () => {
  it('a missing folder', async () => {
    const err = await refused([...training(), '--data', join(fixture.root, 'nowhere')]);
    expect(err).toMatch(/does not exist[\s\S]*fix:/);
  });

  it('an empty folder', async () => {
    const empty = join(fixture.root, 'empty');
    mkdirSync(empty, { recursive: true });
    expect(await refused([...training(), '--data', empty])).toContain('image_list.txt');
  });

  it('a broken list line, by its number', async () => {
    const data = copyOfData('broken-line');
    appendFileSync(list(data), 'train/0/no-label.png\n');
    expect(await refused([...training(), '--data', data])).toContain('line 41');
  });

  it('a list line that names a missing file', async () => {
    const data = copyOfData('missing-file');
    const path = readFileSync(list(data), 'utf8').split(' ')[0]!;
    rmSync(join(data, 'train', path));
    expect(await refused([...training(), '--data', data])).toContain(path);
  });

  it('a label out of range', async () => {
    const data = copyOfData('label');
    const lines = readFileSync(list(data), 'utf8').split('\n');
    writeFileSync(list(data), [lines[0]!.replace(/ \d+$/, ' 10'), ...lines.slice(1)].join('\n'));
    expect(await refused([...training(), '--data', data])).toMatch(/line 1[\s\S]*0…9/);
  });

  it('an unreadable image: named; or left out and counted with --skip-unreadable', async () => {
    const data = copyOfData('unreadable');
    const path = readFileSync(list(data), 'utf8').split(' ')[0]!;
    writeFileSync(join(data, 'train', path), 'not an image');
    const args = [...training(), '--data', data, '--source-held-out', '0'];
    const stopped = await run(...args, '--out', join(fixture.root, 'stopped'));
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain(path);
    const out = join(fixture.root, 'skipping');
    expect((await run(...args, '--out', out, '--skip-unreadable')).code).toBe(0);
    expect(Object.keys(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')).skipped)).toEqual([path]);
  });
});

describe('weights', () => {
  it('of another architecture: the first missing and unexpected tensors', async () => {
    const err = await refused([...training(), '--backbone', 'resnet18']);
    expect(err).toMatch(/missing \("layer1\.1\.conv1\.weight"/);
    expect(err).toMatch(/unexpected \("layer3|unexpected \("layer1/);
  });

  it('with a shape that does not fit', async () => {
    const backbone = createBackbone('resnet10-28');
    const { params, buffers } = backbone.init(createRng(0));
    const old = oldHead(backbone.channels.pool!, 242).init(createRng(0));
    const state = await toStateDict([params, buffers, old]);
    const file = join(fixture.root, 'shape.safetensors');
    const { data } = state['conv1.weight']!;
    await writeSafetensors(file, { ...state, 'conv1.weight': { dtype: 'F32', shape: [27, 32, 1, 1], data } });
    expect(await refused([...training(), '--weights', file])).toMatch(
      /conv1\.weight[\s\S]*27, 32, 1, 1[\s\S]*32, 3, 3, 3/,
    );
  });

  it('that are missing, damaged, or not there offline', async () => {
    expect(await refused([...training(), '--weights', join(fixture.root, 'none.safetensors')])).toContain(
      'none.safetensors',
    );
    const damaged = join(fixture.root, 'damaged.safetensors');
    writeFileSync(damaged, readFileSync(fixture.weights).subarray(0, 5000));
    expect(await refused([...training(), '--weights', damaged])).toContain('damaged.safetensors');
    const offline = await refused([...training(), '--weights', 'timm/resnet101.tv_in1k', '--offline']);
    expect(offline).toContain('model.safetensors');
  });
});

describe('runs', () => {
  it('are never written over, and resume only with their own settings', async () => {
    const out = join(fixture.root, 'run');
    const args = shortTraining(fixture, out);
    expect((await run(...args)).code).toBe(0);
    const before = readFileSync(join(out, 'log.jsonl'));
    const again = await run(...args);
    expect(again.code).toBe(1);
    expect(again.err).toContain('--resume');
    const other = await run(...args, '--lambda', '0.5', '--resume');
    expect(other.code).toBe(1);
    expect(other.err).toContain('lambda');
    expect(readFileSync(join(out, 'log.jsonl')).equals(before)).toBe(true);
  });

  it('stop at a loss that is not finite: where, with the last good checkpoint kept', async () => {
    const out = join(fixture.root, 'diverged');
    const args = [...shortTraining(fixture, out), '--lr', '1e18', '--backbone-factor', '1', '--epochs', '20'];
    const { code, err } = await run(...args);
    expect(code).toBe(3);
    expect(err).toMatch(/step \d+/);
    expect(err).toMatch(/not finite/);
    expect(existsSync(join(out, 'summary.json'))).toBe(false);
    expect(existsSync(join(out, 'checkpoints'))).toBe(true);
  });
});
