export { checkpointPath, type MinibenchNetwork, retentionLabelsPath, retentionPath } from './assets.js';
export { type ContactSheetOptions, type ContactSheetRow, contactSheet } from './contact-sheet.js';
export type { PreparedFolder } from './folder.js';
export { MINIBENCH_FONTS, type MinibenchFont } from './fonts.js';
export type { MinibenchManifest } from './manifest.js';
export type { MinibenchOptions, MinibenchSettings } from './options.js';
export { type MinibenchProgress, type PreparedMinibench, prepareMinibench } from './prepare.js';
export { MINIBENCH_RECIPE, type MinibenchMethod, type MinibenchRecipe } from './recipe.js';
export { retentionClasses } from './retention.js';
export { SEGMENTATION_LABELS, type SegmentationLabel } from './segmentation/label-table.js';
export type { SegmentationOptions, SegmentationSettings } from './segmentation/options.js';
export {
  type PreparedSegmentation,
  prepareSegmentation,
  type SegmentationProgress,
} from './segmentation/prepare.js';
export { SEGMENTATION_RECIPE, type SegmentationRecipe } from './segmentation/recipe.js';
