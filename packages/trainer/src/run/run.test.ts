import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultyFiles } from '../__fixtures__/faulty-files.js';
import { config, someFingerprint, someRun, temporaryFolder } from '../__fixtures__/run.js';
import { createRun, openRun, readSummary, writeSummary } from './run.js';

describe('createRun', () => {
  it('writes what openRun reads', () => {
    const run = someRun();
    const opened = openRun(run.dir, { config, fingerprint: someFingerprint() });
    expect(opened.config).toEqual(config);
    expect(opened.fingerprint).toEqual(run.fingerprint);
    expect(opened.changed).toEqual([]);
  });

  it('refuses a folder with a run, and leaves it as it was', () => {
    const run = someRun();
    const before = readFileSync(join(run.dir, 'config.json'), 'utf8');
    expect(() => createRun(run.dir, { other: true }, someFingerprint())).toThrow(
      /there is a run in .* already[\s\S]*--resume[\s\S]*--name/,
    );
    expect(readFileSync(join(run.dir, 'config.json'), 'utf8')).toBe(before);
  });

  it('refuses a folder that holds something else', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'thesis.tex'), '');
    expect(() => createRun(dir, config, someFingerprint())).toThrow(/not empty[\s\S]*thesis\.tex/);
    expect(readdirSync(dir)).toEqual(['thesis.tex']);
  });

  it('takes an empty folder', () => {
    const dir = temporaryFolder();
    expect(createRun(dir, config, someFingerprint()).dir).toBe(dir);
  });

  it('leaves no run behind, or a whole one, at whatever call the disk is full or the process killed', () => {
    const counted = faultyFiles('full', Number.POSITIVE_INFINITY);
    someRun(counted.files);
    expect(counted.calls()).toBeGreaterThan(10);
    for (const fault of ['full', 'killed'] as const) {
      for (let at = 1; at <= counted.calls(); at++) {
        const { files } = faultyFiles(fault, at);
        const dir = join(temporaryFolder(), 'run');
        try {
          createRun(dir, config, someFingerprint(), { files });
        } catch (error) {
          if (fault === 'full') expect(String(error)).toMatch(/disk is full/);
        }
        const again =
          readdirSync(join(dir, '..')).includes('run') && readdirSync(dir).includes('config.json');
        const run = again
          ? openRun(dir, { config, fingerprint: someFingerprint() })
          : createRun(dir, config, someFingerprint());
        expect(run.config).toEqual(config);
        if (fault === 'full') expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      }
    }
  });
});

describe('openRun', () => {
  it('says that there is no run', () => {
    expect(() => openRun(temporaryFolder())).toThrow(/there is no run in[\s\S]*without --resume/);
  });

  it('lists every setting that differs', () => {
    const { dir } = someRun();
    const other = { method: 'naive', seed: 3, rates: { conv1: 0.02 } };
    expect(() => openRun(dir, { config: other })).toThrow(
      /got: {6}config\.method = "naive", config\.rates\.conv1 = 0\.02, config\.rates\.fc_new = nothing\n {2}expected: config\.method = "proxy-guidance", config\.rates\.conv1 = 0\.01, config\.rates\.fc_new = 0\.1/,
    );
  });

  it('refuses other data, weights, seed or selection', () => {
    const { dir } = someRun();
    for (const change of [
      { data: { source: 'zz', target: 'bb' } },
      { weights: {} },
      { seed: 4 },
      { selection: 'source-held-out' },
    ]) {
      expect(() => openRun(dir, { fingerprint: someFingerprint(change) })).toThrow(/other settings/);
    }
  });

  it('tells of another engine or code without refusing', () => {
    const { dir } = someRun();
    const { changed } = openRun(dir, { fingerprint: someFingerprint({ backend: { name: 'onnxruntime' } }) });
    expect(changed).toEqual(['backend.name was "cpu", is "onnxruntime"']);
  });

  it.each(['', '{', 'null', '[1]', '{"a":1'])('names a damaged config.json (%j)', (text) => {
    const { dir } = someRun();
    writeFileSync(join(dir, 'config.json'), text);
    expect(() => openRun(dir)).toThrow(/config\.json is damaged/);
  });

  it('gives the reason where a file cannot be read', () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'config.json'));
    expect(() => openRun(dir)).toThrow(/cannot read or write .*config\.json/);
  });
});

describe('summary.json', () => {
  it('is absent until written, and replaced whole', () => {
    const run = someRun();
    expect(readSummary(run)).toBeUndefined();
    writeSummary(run, { target: 0.5 });
    writeSummary(run, { target: 0.6, retention: Number.NaN });
    expect(readSummary(run)).toEqual({ target: 0.6, retention: null });
    expect(readdirSync(run.dir).sort()).toEqual(['config.json', 'fingerprint.json', 'summary.json']);
  });
});
