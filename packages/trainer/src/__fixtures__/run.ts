import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'syn2real-trainer-'));
}

export function someRun(files?: FileSystem) {
  return createRun(join(temporaryFolder(), 'run'), config, someFingerprint(), { files });
}
