export { prepare } from './commands/prepare.js';
export { type ScoreImagesOptions, scoreImages } from './evaluation/score-images.js';
export { main } from './main.js';
export { disposeSegmenter, type Segmenter, segmenterFrom } from './model/load.js';
export type { DenseScores } from './training/records.js';
export { exportModel } from './training/summary.js';
