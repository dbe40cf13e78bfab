export {
  CITYSCAPES_COUNTS,
  type CityscapesSplit,
} from './cityscapes/layout.js';
export { hasCityscapesTruth, openCityscapesOracle } from './cityscapes/oracle.js';
export { type CityscapesOptions, openCityscapesTarget } from './cityscapes/target.js';
export { decodeImage } from './decode/decode-image.js';
export { decodeLabel, type LabelImage } from './decode/decode-label.js';
export { type EncodeLabelOptions, encodeLabel } from './decode/encode-label.js';
export { DEFAULT_LIMITS, type DecodeLimits } from './decode/limits.js';
export {
  createDenseLoader,
  type DenseBatch,
  type DenseBatchesOptions,
  type DenseLoader,
  type DenseLoaderOptions,
} from './dense/dense-loader.js';
export {
  ASG_DENSE_TRANSFORM,
  type CropSpan,
  cropSpan,
  type DenseDraw,
  type DenseExample,
  type DenseTransform,
  drawDense,
  scaledSize,
  transformPair,
} from './dense/dense-transform.js';
export {
  createImageReader,
  type ImageReader,
  type ImageReaderOptions,
  type WholeImage,
} from './dense/image-reader.js';
export type { PairingOptions, SkippedFile } from './dense/pairing.js';
export { type DenseTruth, openReading, type ReadingOptions, readClassMap } from './dense/reading.js';
export { resizeLinear, resizeNearest, type Window } from './dense/resize-cv.js';
export {
  addWindow,
  divideByVisits,
  type SlidingOptions,
  slidingWindows,
  visitCounts,
} from './dense/sliding-windows.js';
export { type DenseDoctorOptions, doctorDense } from './dense-doctor/doctor-dense.js';
export { formatDenseDoctorReport } from './dense-doctor/format.js';
export type {
  DenseDoctorReport,
  DenseLayout,
  DenseProblem,
  DenseProblemKind,
  DenseSplitReport,
} from './dense-doctor/report.js';
export { type DoctorOptions, doctor } from './doctor/doctor.js';
export { formatDoctorReport } from './doctor/format.js';
export type { DoctorProblem, DoctorProblemKind, DoctorReport, SplitReport } from './doctor/report.js';
export { contentFingerprint } from './fingerprint.js';
export { openFolderSource } from './folder/folder-source.js';
export { GTA5_SIZE, type Gta5Split } from './gta5/layout.js';
export { type Gta5Options, type Gta5Source, openGta5Source } from './gta5/source.js';
export {
  doctorRetention,
  type RetentionProblem,
  type RetentionReport,
} from './imagenet/doctor.js';
export { type ImagenetOptions, openImagenetValidation } from './imagenet/validation.js';
export { CITYSCAPES_LABELS, GTA5_LABELS } from './labels/cityscapes-labels.js';
export { formatLabelTable, LABEL_TABLE_FILE, parseLabelTable, readLabelTable } from './labels/label-file.js';
export {
  classNames,
  colorsOf,
  IGNORED,
  identityTrainIds,
  type LabelClass,
  type LabelTable,
  labelIdsOf,
  trainIdsOf,
  UNKNOWN,
} from './labels/label-table.js';
export type { SkippedImage } from './loader/assemble.js';
export type { ImagesJob, JobResult, PairsJob, PoolJob, ValuesJob, WholesJob } from './loader/job.js';
export type { BatchesOptions } from './loader/load-ahead.js';
export {
  createLoader,
  type ImageBatch,
  type Loader,
  type LoaderOptions,
  type LoaderStats,
} from './loader/loader.js';
export { createDecodePool, type DecodePool, type DecodePoolOptions } from './loader/pool.js';
export { drawnOrder, epochOrder, listOrder } from './shuffle.js';
export { flipHorizontal } from './transform/flip.js';
export { cropOffset, resizedSize, type Size } from './transform/geometry.js';
export {
  centerCrop,
  IMAGENET_TRANSFORM,
  type ImageTransform,
  resizeBilinearPil,
  transformPixels,
  VISDA17_TRANSFORM,
} from './transform/image-transform.js';
export {
  IMAGENET_MEAN,
  IMAGENET_STD,
  type NormaliseOptions,
  normalise,
  normaliseTable,
} from './transform/normalise.js';
export type { Pixels } from './transform/pixels.js';
export { CLASSES_FILE, VISDA17_CLASSES, VISDA17_COUNTS, type Visda17Split } from './visda17/classes.js';
export { hasTruth, type OracleOptions, openOracle } from './visda17/oracle.js';
export { openVisda17Source } from './visda17/source.js';
export { LIST_FILE } from './visda17/split-list.js';
export { openVisda17Target } from './visda17/target.js';
