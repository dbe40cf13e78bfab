import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { openFolderSource } from './folder-source.js';

describe('openFolderSource', () => {
  it('makes classes of folders, in the order of their names', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, {
      'dog/2.png': '',
      'dog/10.JPG': '',
      'dog/notes.txt': '',
      'Cat/a.jpeg': '',
      '.cache/x.png': '',
      'readme.md': '',
    });
    const source = await openFolderSource(root);
    expect(source.classes).toEqual(['Cat', 'dog']);
    expect(source.images.map(({ path }) => path)).toEqual(['Cat/a.jpeg', 'dog/10.JPG', 'dog/2.png']);
    expect([...source.labels]).toEqual([0, 1, 1]);
    expect(source.images[0]!.file).toBe(join(root, 'Cat', 'a.jpeg'));
  });

  it('refuses folders without classes or images', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'one/a.png': '' });
    await expect(openFolderSource(root)).rejects.toThrow(/not a folder of classes/);
    await writeFiles(root, { 'two/a.txt': '' });
    await expect(openFolderSource(root)).rejects.toThrow(/the class "two" has no images/);
    await expect(openFolderSource(join(root, 'no'))).rejects.toThrow(/cannot be read/);
  });
});
