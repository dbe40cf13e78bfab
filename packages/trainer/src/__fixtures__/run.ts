import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createRun, type FileSystem, type Fingerprint, fingerprint, type JsonObject } from '../index.js';

export const config: JsonObject = { method: 'proxy-guidance', seed: 3, rates: { conv1: 0.01, fc_new: 0.1 } };

export function someFingerprint(changes: Partial<Omit<Fingerprint, 'sha256'>> = {}): Fingerprint {
  return fingerprint({
    config,
    data: { source: 'aa', target: 'bb' },
    weights: { backbone: 'cc' },
    code: { packages: { '@syn2real/core': '1.0.0' } },
    backend: { name: 'cpu' },
    seed: 3,
    selection: 'last',
    ...changes,
  });
}

/** A folder that is gone when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syn2real-trainer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function someRun(files?: FileSystem) {
  return createRun(join(temporaryFolder(), 'run'), config, someFingerprint(), { files });
}
