/**
 * A report as a table.
 *
 * @module
 */
import type { EvaluationReport, Scores, SettingReport } from "./report_type.ts";
import { SCENE_KINDS } from "./scene.ts";
import { settingTitle } from "./setting_title.ts";
import type { Estimate } from "./statistics/paired_bootstrap.ts";

/** From so many prompts on, a share is known to better than a percent. */
const FINE_PROMPTS = 400;
const GAP = "  ";
const NONE = "-";

function percent(share: number, prompts: number): string {
  return (100 * share).toFixed(prompts >= FINE_PROMPTS ? 1 : 0);
}

/** "97 (94-99)" */
function shareText({ mean, low, high }: Estimate, prompts: number): string {
  return `${percent(mean, prompts)} (${percent(low, prompts)}-${percent(high, prompts)})`;
}

function numberText({ mean, low, high }: Estimate, digits: number): string {
  return `${mean.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

/**
 * Columns of equal width: the first to the left, the others to the right. Where they would be wider than `width`, the
 * columns go on below, with the first one again.
 */
function aligned(rows: readonly (readonly string[])[], width: number): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const blocks: number[][] = [];
  let used = Infinity;
  for (let column = 1; column < widths.length; column++) {
    const wide = GAP.length + widths[column];
    if (used + wide > width) {
      blocks.push([]);
      used = widths[0];
    }
    blocks.at(-1)?.push(column);
    used += wide;
  }
  return blocks.map((columns) =>
    rows.map((row) =>
      [row[0].padEnd(widths[0]), ...columns.map((column) => row[column].padStart(widths[column]))].join(GAP)
        .trimEnd()
    ).join("\n")
  ).join("\n\n");
}

type Column = readonly [title: string, cell: (setting: SettingReport) => string];

function rightColumn(title: string, of: (setting: SettingReport) => Scores | null | undefined): Column {
  return [title, (setting) => {
    const scores = of(setting);
    return scores ? shareText(scores.right, scores.prompts) : NONE;
  }];
}

function table(
  first: string,
  settings: readonly SettingReport[],
  columns: readonly Column[],
  width: number,
): string {
  return aligned([
    [first, ...columns.map(([title]) => title)],
    ...settings.map((setting) => [settingTitle(setting), ...columns.map(([_, cell]) => cell(setting))]),
  ], width);
}

/** Options of {@linkcode reportTable}. */
export interface ReportTableOptions {
  /**
   * Characters in which a line should fit; wider tables go on below.
   *
   * @default {120}
   */
  readonly width?: number;
}
export const DEFAULT_WIDTH = 120;

/**
 * A report as text: the share of right pictures by kind of scene in percent, then what else was measured, with 95 %
 * intervals in brackets; a row for each setting.
 */
export function reportTable(report: EvaluationReport, options: ReportTableOptions = {}): string {
  const { width = DEFAULT_WIDTH } = options;
  const { settings, prompts, heldOut, kinds } = report;
  const [{ trained }] = settings;
  const shown = SCENE_KINDS.filter((kind) => kinds[kind] !== undefined);
  const right: Column[] = [
    rightColumn(`all (${prompts})`, ({ all }) => all),
    ...shown.map((kind) => rightColumn(`${kind} (${kinds[kind]})`, (setting) => setting.kinds[kind])),
    ...(trained === null ? [] : [
      rightColumn(`trained (${prompts - heldOut})`, (setting) => setting.trained),
      rightColumn(`held out (${heldOut})`, (setting) => setting.heldOut),
    ]),
  ];
  const difference: Column = ["right, to the first", ({ name, all: { right: { difference } } }) => {
    if (name === settings[0].name) return NONE;
    const points = (x: number) => `${x < 0 ? "" : "+"}${percent(x, prompts)}`;
    return `${points(difference.mean)} (${points(difference.low)} to ${points(difference.high)})`;
  }];
  const [{ psnrWhereRight, diversity }] = settings;
  const others: Column[] = [
    ...(settings.length > 1 ? [difference] : []),
    ["anywhere", ({ all }) => shareText(all.anywhere, prompts)],
    ["background", ({ all }) => shareText(all.background, prompts)],
    ["dB", ({ all }) => numberText(all.psnr, 1)],
    ...(psnrWhereRight === null ? [] : [
      [
        `dB, all right (${psnrWhereRight.prompts})`,
        ({ psnrWhereRight: each }: SettingReport) => each ? numberText(each, 1) : NONE,
      ] as const,
    ]),
    ...(diversity === null ? [] : [
      [
        "distance",
        ({ diversity: each }: SettingReport) => each ? numberText(each.distance, 3) : NONE,
      ] as const,
      [
        "arrangements",
        ({ diversity: each }: SettingReport) => each ? numberText(each.arrangements, 1) : NONE,
      ] as const,
    ]),
    ["ms a picture", ({ ms }) => ms.toFixed(0)],
  ];
  return `${table("right, %", settings, right, width)}\n\n${table("besides", settings, others, width)}`;
}
