/**
 * Where the settings of a report stand on the horizontal axis of a chart.
 *
 * @module
 */
import { axisValueText } from "./axis_text.ts";
import type { SettingReport } from "./report_type.ts";
import { settingTitle } from "./setting_title.ts";

/** A horizontal axis. */
export interface ChartScale {
  /** What the axis shows: a path, or nothing where settings are named one by one. */
  readonly title: string;
  /** Where each setting stands, 0 to 1, in the settings' order. */
  readonly positions: readonly number[];
  readonly labels: readonly string[];
  /** Indices of the settings that are joined by lines: where an axis of numbers is, in its order. */
  readonly joined: readonly number[];
}

/** Numbers are spaced as they are; anything else evenly. */
export function chartScale(settings: readonly SettingReport[]): ChartScale {
  const paths = Object.keys(settings[0].values);
  const [path] = paths;
  const values = settings.map((setting) => setting.values[path]);
  const numbers = values.filter((value): value is number => typeof value === "number");
  if (paths.length === 1 && numbers.length === settings.length && settings.length > 1) {
    const low = Math.min(...numbers), high = Math.max(...numbers);
    return {
      title: path,
      positions: numbers.map((x) => (x - low) / (high - low)),
      labels: numbers.map(String),
      joined: numbers.map((_, i) => i).sort((a, b) => numbers[a] - numbers[b]),
    };
  }
  const last = settings.length - 1;
  return {
    title: paths.length === 1 ? path : "",
    positions: settings.map((_, i) => last === 0 ? 0.5 : i / last),
    labels: paths.length === 1 ? values.map(axisValueText) : settings.map(settingTitle),
    joined: [],
  };
}
