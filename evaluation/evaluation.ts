/**
 * Counting how many pictures show what was asked for: scenes from a grammar, a judge that reads pictures back, and
 * reports with intervals.
 *
 * @module
 */
export { plainSetting, type Setting, settingsOf } from "./axes.ts";
export { type Axis, parseAxis } from "./axis_text.ts";
export { type Diversity, diversityOf, pictureDistance } from "./diversity.ts";
export { evaluate, type Evaluation } from "./evaluate.ts";
export type { EvaluateOptions, EvaluationProgress } from "./evaluate_options.ts";
export { type EvaluatedPicture, evaluatedPictures } from "./evaluated_pictures.ts";
export { type Fidelity, fidelity } from "./fidelity.ts";
export { type Judge, openJudge, type OpenJudgeOptions } from "./judge/judge.ts";
export { verdict } from "./judge/verdict.ts";
export { makeReport, type ReportInput } from "./make_report.ts";
export { evaluationScenes, type SceneOptions } from "./picture_jobs.ts";
export { readResultRows } from "./read_result_rows.ts";
export { reportChart, type ReportChartOptions } from "./report_chart.ts";
export { reportTable, type ReportTableOptions } from "./report_table.ts";
export type { EvaluationReport, Measure, Scores, SettingReport } from "./report_type.ts";
export type { ResultRow } from "./result_row.ts";
export * from "./scene.ts";
export {
  type BootstrapOptions,
  type Estimate,
  pairedBootstrap,
  type PairedEstimates,
} from "./statistics/paired_bootstrap.ts";
export {
  drawScene,
  type Grammar,
  openSprites,
  type Random,
  readCaption,
  type SampleOptions,
  sampleScene,
  seededRandom,
  type Sprites,
} from "./world/world.ts";
