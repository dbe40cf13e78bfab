import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../__fixtures__/data-folder.js';
import { CITYSCAPES_LABELS, GTA5_LABELS } from './cityscapes-labels.js';
import { formatLabelTable, LABEL_TABLE_FILE, parseLabelTable, readLabelTable } from './label-file.js';
import {
  classNames,
  colorsOf,
  IGNORED,
  identityTrainIds,
  type LabelTable,
  labelIdsOf,
  trainIdsOf,
  UNKNOWN,
} from './label-table.js';
import { toClasses } from './to-classes.js';

const SMALL: LabelTable = [
  { id: 0, trainId: 255, name: 'ground', color: [0, 0, 0] },
  { id: 5, trainId: 1, name: 'b', color: [1, 2, 3] },
  { id: 9, trainId: 0, name: 'a', color: [4, 5, 6] },
  { id: 3, trainId: 1, name: 'also b', color: [7, 8, 9] },
];

describe('label images as class indices', () => {
  it('look each value up, and refuse those outside the table', () => {
    const trainIds = trainIdsOf(SMALL);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 3, 5, 9), { maxLength: 50 }),
        fc.array(fc.constantFrom(7, 255)),
        (known, unknown) => {
          const values = Uint8Array.from([...known, ...unknown]);
          if (unknown.length > 0)
            expect(() => toClasses(values, trainIds)).toThrow(/outside the label table: (7|255) \(/);
          else expect([...toClasses(values, trainIds)]).toEqual(known.map((id) => trainIds[id]));
        },
      ),
    );
    const many = Uint8Array.from({ length: 10 }, (_, i) => 100 + i);
    expect(() => toClasses(many, trainIds)).toThrow(/100 \(1 pixels\), .* and 5 more/);
  });
});

describe('label tables', () => {
  it("Cityscapes' is that of cityscapesScripts", () => {
    const golden: [number, number, string, number[]][] = JSON.parse(
      readFileSync(new URL('../goldens/labels.json', import.meta.url), 'utf8'),
    );
    const expected = golden.map(([id, trainId, name, color]) => ({
      id,
      trainId: trainId < 0 ? IGNORED : trainId,
      name,
      color,
    }));
    expect(CITYSCAPES_LABELS).toEqual(expected);
    const trained = golden.filter(([, trainId]) => trainId >= 0 && trainId < 19);
    expect(classNames(CITYSCAPES_LABELS)).toEqual(trained.map(([, , name]) => name));
    expect([...labelIdsOf(CITYSCAPES_LABELS).subarray(0, 20)]).toEqual([...trained.map(([id]) => id), 0]);
  });

  it('looks up values both ways', () => {
    const trainIds = trainIdsOf(CITYSCAPES_LABELS);
    expect([0, 7, 8, 29, 33].map((id) => trainIds[id])).toEqual([IGNORED, 0, 1, IGNORED, 18]);
    expect([34, 200, 255].map((id) => trainIds[id])).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
    expect(trainIdsOf(GTA5_LABELS)[34]).toBe(IGNORED);
    expect([0, 18, 19, 254, 255].map((id) => identityTrainIds(CITYSCAPES_LABELS)[id])).toEqual([
      0,
      18,
      UNKNOWN,
      UNKNOWN,
      IGNORED,
    ]);
    expect(classNames(SMALL)).toEqual(['a', 'b']);
    expect([...trainIdsOf(SMALL).subarray(0, 10)]).toEqual([255, 254, 254, 1, 254, 1, 254, 254, 254, 0]);
    expect([...labelIdsOf(SMALL).subarray(0, 3)]).toEqual([9, 5, 0]);
    expect([...colorsOf(SMALL).subarray(0, 9)]).toEqual([4, 5, 6, 1, 2, 3, 0, 0, 0]);
  });

  it('come back from their file as they were', async () => {
    const root = await temporaryFolder();
    expect(await readLabelTable(root, SMALL)).toBe(SMALL);
    expect(await readLabelTable(root)).toBe(CITYSCAPES_LABELS);
    for (const table of [SMALL, CITYSCAPES_LABELS]) {
      await writeFiles(root, { [LABEL_TABLE_FILE]: formatLabelTable(table) });
      expect(await readLabelTable(root)).toEqual(table);
    }
  });

  const entry = (changes: object) =>
    JSON.stringify([...SMALL, { id: 7, trainId: 0, name: 'c', color: [0, 0, 0], ...changes }]);
  it.each([
    ['{', /Expected|JSON/],
    ['{}', /not a list/],
    ['[3]', /entry 1: it is not an object/],
    [entry({ id: 254 }), /entry 5: its id is 254/],
    [entry({ id: '7' }), /entry 5: its id is "7"/],
    [entry({ id: 9 }), /the id 9 stands there twice/],
    [entry({ trainId: -1 }), /its trainId is -1/],
    [entry({ trainId: 4 }), /no label has the trainId 2/],
    [entry({ name: ' ' }), /its name is " "/],
    [entry({ color: [0, 0, 256] }), /its color is \[0,0,256\]/],
    [entry({ color: 'red' }), /its color is "red"/],
    [JSON.stringify(SMALL.slice(0, 1)), /0 classes with a trainId/],
  ])('refuse %s', (text, message) => {
    expect(() => parseLabelTable(text, 'x/labels.json')).toThrow(message);
    expect(() => parseLabelTable(text, 'x/labels.json')).toThrow('x/labels.json');
  });

  it('name all faults at once', () => {
    const text = JSON.stringify([{ ...SMALL[1], id: -2 }, SMALL[2], { ...SMALL[0], name: 3 }]);
    expect(() => parseLabelTable(text)).toThrow(/entry 1.*; entry 3/);
  });

  it('answer any JSON with a table or a message', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(parseLabelTable(text).length).toBeGreaterThan(1);
        } catch (error) {
          expect(error).toMatchObject({ name: 'UserError' });
        }
      }),
    );
  });
});
