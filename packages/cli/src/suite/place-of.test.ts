import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeOf } from './place-of.js';

describe('placeOf', () => {
  it('is the same wherever the folder that holds the file is', () => {
    const places = ['/home/me/project', '/mnt/moved'].map((folder) =>
      placeOf(resolve(folder, 'weights/a.safetensors'), resolve(folder)),
    );
    expect(new Set(places).size).toBe(1);
    expect(resolve(places[0]!)).toBe(resolve(process.cwd(), 'weights/a.safetensors'));
  });

  it('leaves a file elsewhere where it is', () => {
    for (const path of [
      '/home/me/other/a.safetensors',
      '/home/me/project-2/a.safetensors',
      '/home/a.safetensors',
    ]) {
      expect(placeOf(resolve(path), resolve('/home/me/project'))).toBe(resolve(path));
    }
  });

  it('takes no name that begins with dots for a way out', () => {
    expect(placeOf(resolve('/home/me/..weights'), resolve('/home/me'))).toBe('..weights');
  });
});
