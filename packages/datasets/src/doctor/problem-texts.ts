import type { Visda17Split } from '../visda17/classes.js';
import type { DoctorProblem, DoctorProblemKind } from './report.js';

type Text = Pick<DoctorProblem, 'severity' | 'message' | 'fix'>;

/** What to say about a kind of problem in a split. */
export function problemText(kind: DoctorProblemKind, split: Visda17Split): Text {
  const archive = `${split}.tar`;
  switch (kind) {
    case 'missing-split':
      return {
        severity: split === 'test' ? 'warning' : 'error',
        message: `the ${split} split is not there`,
        fix:
          split === 'test'
            ? `extract ${archive} there if you need it`
            : `extract ${archive} into the data folder: tar -xf ${archive} -C DIR`,
      };
    case 'class-names':
      return {
        severity: 'error',
        message: 'the class names cannot be used',
        fix: 'correct or remove classes.txt',
      };
    case 'empty-list':
      return { severity: 'error', message: 'the list names no image', fix: `extract ${archive} again` };
    case 'broken-line':
      return {
        severity: 'error',
        message: 'lines that are not "relative/path label"',
        fix: `correct these lines, or take the list from ${archive} again`,
      };
    case 'label-out-of-range':
      return {
        severity: 'error',
        message: 'labels out of range',
        fix: "correct them; for other classes than VisDA-17's, name them in classes.txt",
      };
    case 'path-outside':
      return {
        severity: 'error',
        message: 'paths that lead out of the data folder',
        fix: 'do not use this list: it is not the published one',
      };
    case 'label-missing':
      return {
        severity: 'error',
        message: 'lines without a label among lines with one',
        fix: "use the organisers' labelled list, or one without any label",
      };
    case 'duplicate':
      return {
        severity: 'warning',
        message: 'images listed more than once',
        fix: 'remove the repeated lines, or the images weigh more than others',
      };
    case 'missing-file':
      return {
        severity: 'error',
        message: 'images of the list that are not there',
        fix: `extract ${archive} again (the disk may have filled up), or remove their lines`,
      };
    case 'unlisted-file':
      return {
        severity: 'warning',
        message: 'image files that the list does not name',
        fix: 'nothing uses them; remove them, or add lines for them',
      };
    case 'unreadable-file':
      return {
        severity: 'error',
        message: 'images that cannot be read',
        fix: `extract them from ${archive} again, or run with --skip-unreadable`,
      };
    case 'counts-differ':
      return {
        severity: 'warning',
        message: 'the numbers of images differ from the published ones',
        fix: `fine for a part of the data set on purpose; otherwise extract ${archive} again`,
      };
    case 'no-truth':
      return {
        severity: 'warning',
        message: 'the list has no labels: this split can be predicted, not scored',
        fix: "put the organisers' labelled image_list.txt in its place to score",
      };
    case 'leak':
      return {
        severity: 'error',
        message: 'images whose very bytes also stand in an earlier split',
        fix: 'remove them from one of the two: a result on seen images says nothing',
      };
  }
}
