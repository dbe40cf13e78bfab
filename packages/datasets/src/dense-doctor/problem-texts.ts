import type { DenseLayout, DenseProblem, DenseProblemKind } from './report.js';

type Text = Pick<DenseProblem, 'severity' | 'message' | 'fix'>;

const ARCHIVES: Readonly<Record<DenseLayout, { images: string; labels: string }>> = {
  gta5: { images: '01_images.zip … 10_images.zip', labels: '01_labels.zip … 10_labels.zip' },
  cityscapes: { images: 'leftImg8bit_trainvaltest.zip', labels: 'gtFine_trainvaltest.zip' },
};

/** What to say about a kind of problem. */
export function denseProblemText(kind: DenseProblemKind, layout: DenseLayout): Text {
  const { images, labels } = ARCHIVES[layout];
  const error = (message: string, fix: string): Text => ({ severity: 'error', message, fix });
  const warning = (message: string, fix: string): Text => ({ severity: 'warning', message, fix });
  switch (kind) {
    case 'label-table':
      return error('the label table cannot be used', 'correct or remove labels.json');
    case 'missing-split':
      return layout === 'gta5'
        ? error('there are no images', `extract ${images} and ${labels} into the data folder`)
        : warning('the split is not there', `extract ${images} into the data folder if you need it`);
    case 'no-list':
      return warning(
        'no list of the train split: it is all images that no other list names',
        'put train.txt there ("images/00001.png labels/00001.png" a line) to train on the official split',
      );
    case 'broken-line':
      return error('lines that are not "image label"', 'correct these lines');
    case 'duplicate':
      return warning(
        'images listed more than once',
        'remove the repeated lines, or the images weigh more than others',
      );
    case 'missing-label':
      return error(
        'images without a label image',
        `extract ${labels} again (the disk may have filled up), or run with --skip-unreadable`,
      );
    case 'missing-image':
      return error(
        'label images without an image',
        `extract ${images} again (the disk may have filled up), or run with --skip-unreadable`,
      );
    case 'no-truth':
      return warning(
        'no label images that count: this split can be predicted, not scored',
        `extract ${labels} to score it; the labels of Cityscapes' test split are not published`,
      );
    case 'unreadable-image':
      return error(
        'images that cannot be read',
        `extract them from ${images} again, or run with --skip-unreadable`,
      );
    case 'unreadable-label':
      return error(
        'label images that cannot be read',
        `extract them from ${labels} again, or run with --skip-unreadable`,
      );
    case 'not-a-label':
      return error(
        'files that are no label images: one 8-bit value a pixel, as palette index or grey',
        `extract them from ${labels} again: these were converted, to colours or to 16 bits`,
      );
    case 'unknown-values':
      return error(
        'label images with values outside the label table',
        'extract them again if they were converted; else name the values in labels.json, with trainId 255 if they count for nothing',
      );
    case 'size-differs':
      return error(
        'images whose size differs from their label image',
        'extract both again, or run with --skip-unreadable',
      );
    case 'size-nominal':
      return warning(
        'images whose size differs a little from their label image: both are resized to 1914×1052 when read',
        'nothing to do: some published ones do',
      );
    case 'absent-class':
      return warning('classes without a pixel', 'fine for a part of the data set on purpose');
    case 'counts-differ':
      return warning(
        'the number of images differs from the published one',
        `fine for a part of the data set on purpose; otherwise extract ${images} again`,
      );
    case 'leak':
      return error(
        'images that also stand in another split',
        'remove them from one of the two: a result on seen images says nothing',
      );
  }
}
