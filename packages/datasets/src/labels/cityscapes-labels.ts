import type { LabelTable } from './label-table.js';

/**
 * Cityscapes' labels; 19 of them are trained and scored.
 *
 * @see https://github.com/mcordts/cityscapesScripts (helpers/labels.py)
 */
export const CITYSCAPES_LABELS: LabelTable = [
  { id: 0, trainId: 255, name: 'unlabeled', color: [0, 0, 0] },
  { id: 1, trainId: 255, name: 'ego vehicle', color: [0, 0, 0] },
  { id: 2, trainId: 255, name: 'rectification border', color: [0, 0, 0] },
  { id: 3, trainId: 255, name: 'out of roi', color: [0, 0, 0] },
  { id: 4, trainId: 255, name: 'static', color: [0, 0, 0] },
  { id: 5, trainId: 255, name: 'dynamic', color: [111, 74, 0] },
  { id: 6, trainId: 255, name: 'ground', color: [81, 0, 81] },
  { id: 7, trainId: 0, name: 'road', color: [128, 64, 128] },
  { id: 8, trainId: 1, name: 'sidewalk', color: [244, 35, 232] },
  { id: 9, trainId: 255, name: 'parking', color: [250, 170, 160] },
  { id: 10, trainId: 255, name: 'rail track', color: [230, 150, 140] },
  { id: 11, trainId: 2, name: 'building', color: [70, 70, 70] },
  { id: 12, trainId: 3, name: 'wall', color: [102, 102, 156] },
  { id: 13, trainId: 4, name: 'fence', color: [190, 153, 153] },
  { id: 14, trainId: 255, name: 'guard rail', color: [180, 165, 180] },
  { id: 15, trainId: 255, name: 'bridge', color: [150, 100, 100] },
  { id: 16, trainId: 255, name: 'tunnel', color: [150, 120, 90] },
  { id: 17, trainId: 5, name: 'pole', color: [153, 153, 153] },
  { id: 18, trainId: 255, name: 'polegroup', color: [153, 153, 153] },
  { id: 19, trainId: 6, name: 'traffic light', color: [250, 170, 30] },
  { id: 20, trainId: 7, name: 'traffic sign', color: [220, 220, 0] },
  { id: 21, trainId: 8, name: 'vegetation', color: [107, 142, 35] },
  { id: 22, trainId: 9, name: 'terrain', color: [152, 251, 152] },
  { id: 23, trainId: 10, name: 'sky', color: [70, 130, 180] },
  { id: 24, trainId: 11, name: 'person', color: [220, 20, 60] },
  { id: 25, trainId: 12, name: 'rider', color: [255, 0, 0] },
  { id: 26, trainId: 13, name: 'car', color: [0, 0, 142] },
  { id: 27, trainId: 14, name: 'truck', color: [0, 0, 70] },
  { id: 28, trainId: 15, name: 'bus', color: [0, 60, 100] },
  { id: 29, trainId: 255, name: 'caravan', color: [0, 0, 90] },
  { id: 30, trainId: 255, name: 'trailer', color: [0, 0, 110] },
  { id: 31, trainId: 16, name: 'train', color: [0, 80, 100] },
  { id: 32, trainId: 17, name: 'motorcycle', color: [0, 0, 230] },
  { id: 33, trainId: 18, name: 'bicycle', color: [119, 11, 32] },
  { id: -1, trainId: 255, name: 'license plate', color: [0, 0, 142] },
];

/** GTA5's labels: Cityscapes' with the licence plate as 34, since a label image holds no −1. */
export const GTA5_LABELS: LabelTable = CITYSCAPES_LABELS.map((label) =>
  label.id < 0 ? { ...label, id: 34 } : label,
);
