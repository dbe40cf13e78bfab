export { type AccuracyCurve, accuracyCurves, type Metric } from './accuracy-curves.js';
export { type AccuracyFigureOptions, accuracyFigure } from './accuracy-figure.js';
export { actionCurves, actionFigure, type PolicyRun, readPolicyRuns } from './action-curves.js';
export {
  type ContactSheetOptions,
  contactSheetSection,
  type SheetGroup,
  type SheetImage,
} from './contact-sheet.js';
export { type EmbedOptions, embed, tsneAvailable } from './embedding/embed.js';
export {
  type ClassBarsOptions,
  type ClassSeries,
  classBarsFigure,
  classTable,
} from './figures/class-bars.js';
export {
  type Confusion,
  type ConfusionFigureOptions,
  confusionFigure,
  confusionTable,
} from './figures/confusion-figure.js';
export {
  type EmbeddingPanel,
  type EmbeddingSectionOptions,
  embeddingSection,
} from './figures/embedding-section.js';
export {
  type GridCell,
  type GridRow,
  type QualitativeGrid,
  type QualitativeGridPngOptions,
  qualitativeGridHtml,
  qualitativeGridPng,
} from './figures/qualitative-grid.js';
export { type ScatterOptions, scatterFigure } from './figures/scatter-figure.js';
export { type TiledFigureOptions, tiledFigure } from './figures/tiled-figure.js';
export { type Features, type RunFeatures, readFeatures, writeFeatures } from './folder/features.js';
export {
  type LegendEntry,
  type RunSamples,
  readSamples,
  type Sample,
  writeSamples,
} from './folder/samples.js';
export { distanceCurves, distanceFigure } from './forgetting-figures.js';
export { samplesGrid } from './from-runs/examples-section.js';
export { type ReportRunsOptions, reportRuns } from './from-runs/report-runs.js';
export { type RoundQuantity, roundCurves, roundFigure } from './from-runs/round-figure.js';
export { type HtmlPart, html, type SafeHtml, trustedHtml } from './html.js';
export type { LineCurve, LinePoint } from './line-curve.js';
export { type LineFigureOptions, lineFigure } from './line-figure.js';
export { type MethodRow, type MethodTable, methodTable } from './method-table.js';
export {
  methodTableCsv,
  methodTableHtml,
  methodTableMarkdown,
  methodTableText,
} from './method-table-formats.js';
export { type PairedDifference, pairedBySeed, pairedDifference } from './paired.js';
export { readRuns } from './read-runs.js';
export type {
  EpochReading,
  FinalReading,
  OracleReadingOfRun,
  RoundReading,
  RunRecord,
  Task,
} from './run-record.js';
export { figureHtml, type ReportSection } from './sections.js';
export { type Statistic, statistic } from './statistic.js';
export { type SvgToPngOptions, svgToPng } from './svg-to-png.js';
export {
  alignedTable,
  type Cell,
  type Column,
  csv,
  htmlTable,
  markdownTable,
  type TextTable,
} from './text-table.js';
export { type ReportOptions, reportHtml, writeReport } from './write-report.js';
