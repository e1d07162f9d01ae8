/**
 * A report as a chart.
 *
 * @module
 */
import { chartScale } from "./chart_scale.ts";
import { type ChartLine, lineChart } from "./line_chart.ts";
import type { EvaluationReport } from "./report_type.ts";
import { SCENE_KINDS } from "./scene.ts";

/** Options of {@linkcode reportChart}. */
export interface ReportChartOptions {
  /**
   * Pixels, from 320; the height follows from what there is to show.
   *
   * @default {720}
   */
  readonly width?: number;
}
export const DEFAULT_WIDTH = 720;

function linesOf({ settings, kinds, prompts }: EvaluationReport): ChartLine[] {
  const present = SCENE_KINDS.filter((kind) => kinds[kind] !== undefined);
  const all = { name: `all (${prompts})`, shares: settings.map(({ all }) => all.right) };
  const each = present.map((kind): ChartLine => ({
    name: `${kind} (${kinds[kind]})`,
    shares: settings.flatMap((setting) => setting.kinds[kind]?.right ?? []),
  }));
  return present.length === 1 ? each : [all, ...each];
}

/**
 * A report as an SVG chart: the share of right pictures under each setting, with 95 % intervals, a line for each kind
 * of scene. If the settings differ in one number they stand along it. It has no background, and its text is dark or
 * light as the reader's page is.
 */
export function reportChart(report: EvaluationReport, options: ReportChartOptions = {}): string {
  return lineChart({
    width: options.width ?? DEFAULT_WIDTH,
    heading: `right, % (95 % intervals; ${report.prompts} prompts a setting)`,
    scale: chartScale(report.settings),
    lines: linesOf(report),
  });
}
