import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageBytes, temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { doctorRetention } from './doctor.js';
import { openImagenetValidation } from './validation.js';

const KAGGLE = [
  'ImageId,PredictionString',
  'ILSVRC2012_val_00000002,n02119789 1 2 3 4 n02119789 5 6 7 8 ',
  'ILSVRC2012_val_00000001,n01440764 85 1 499 272 ',
].join('\n');

describe('openImagenetValidation', () => {
  it('takes folders named by WordNet id: the index is the position in sorted order', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'n02119789/a.JPEG': '', 'n01440764/b.JPEG': '', 'n01440764/c.JPEG': '' });
    const { classes, labels, images } = await openImagenetValidation(root);
    expect(classes).toEqual(['n01440764', 'n02119789']);
    expect([...labels]).toEqual([0, 0, 1]);
    expect(images.map(({ path }) => path)).toEqual([
      'n01440764/b.JPEG',
      'n01440764/c.JPEG',
      'n02119789/a.JPEG',
    ]);
  });

  it('takes one folder with the Kaggle list, and the same labels from "name id" and "name index"', async () => {
    const lists = {
      'LOC_val_solution.csv': KAGGLE,
      'val.txt': 'ILSVRC2012_val_00000002.JPEG n02119789\nILSVRC2012_val_00000001.JPEG n01440764\n',
      'labels.txt': 'ILSVRC2012_val_00000002.JPEG\t1\r\nILSVRC2012_val_00000001.JPEG\t0',
    };
    const opened = [];
    for (const [name, content] of Object.entries(lists)) {
      const root = await temporaryFolder();
      await writeFiles(root, {
        [name]: content,
        'ILSVRC2012_val_00000001.JPEG': '',
        'ILSVRC2012_val_00000002.JPEG': '',
      });
      const source = await openImagenetValidation(root);
      expect([...source.labels]).toEqual([1, 0]);
      expect(source.images[0]!.file).toBe(join(root, 'ILSVRC2012_val_00000002.JPEG'));
      opened.push(source.fingerprint);
    }
    expect(new Set(opened).size).toBe(1);
  });

  it('counts positions in a list of all ids where there is one', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, {
      'val.txt': 'a.png n02119789\n',
      'a.png': '',
      'LOC_synset_mapping.txt': 'n02119789 kit fox\nn01443537 goldfish\nn01440764 tench, Tinca tinca\n',
    });
    const { classes, labels } = await openImagenetValidation(root);
    expect(classes).toEqual(['n01440764', 'n01443537', 'n02119789']);
    expect([...labels]).toEqual([2]);
  });

  it.each([
    ['nothing\n', /line 1 .* cannot be used/],
    ['../a.png 1\n', /cannot be used/],
    ['a.png 0\nb.png 1\n', /not there/],
    ['a.png n01440764\na.png 3\n', /side by side/],
    ['', /names no image/],
  ])('refuses the list %j', async (list, said) => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'val.txt': list, 'a.png': '' });
    await expect(openImagenetValidation(root)).rejects.toThrow(said);
  });

  it('refuses whatever else stands in a list with an error of its own', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'a.png': '' });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        await writeFiles(root, { 'val.txt': text });
        const source = await openImagenetValidation(root).catch((error: unknown) => error);
        if (source instanceof Error) expect(source.name).toBe('UserError');
        else expect(source).toMatchObject({ kind: 'source' });
      }),
      { numRuns: 50 },
    );
  });
});

describe('doctorRetention', () => {
  it('lists every fault of a flat folder, with its number', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, {
      'val.txt': 'a.png n01440764\nb.png n01440764\na.png n01440764\nmissing.png n02119789\nnonsense\n',
      'a.png': await imageBytes(1),
      'b.png': 'no image',
      'c.png': await imageBytes(2),
    });
    const { ok, form, problems, classes } = await doctorRetention(root);
    expect({ ok, form, classes }).toEqual({ ok: false, form: 'list', classes: 2 });
    expect(problems.map(({ severity, message, count }) => [severity, message, count])).toEqual([
      ['warning', 'images listed more than once', 1],
      ['error', 'lines that are not a name and a label', 1],
      ['warning', 'image files that the list does not name', 1],
      ['error', 'listed images that are not there', 1],
      ['error', 'images that cannot be read', 1],
      ['error', "fewer classes than ImageNet's, so that positions are not its class indices", 1],
    ]);
  });

  it('takes folders of any classes, and says which are empty', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'cat/a.png': await imageBytes(1), 'dog/b.png': await imageBytes(2) });
    expect(await doctorRetention(root)).toMatchObject({ ok: true, form: 'folders', classes: 2, images: 2 });
    await writeFiles(root, { 'bird/a.txt': '' });
    const { ok, problems } = await doctorRetention(root);
    expect(ok).toBe(false);
    expect(problems[0]).toMatchObject({ message: 'class folders without an image', examples: ['bird'] });
  });
});
