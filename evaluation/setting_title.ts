/**
 * Short names of settings, for people.
 *
 * @module
 */
import { axisValueText } from "./axis_text.ts";
import type { SettingReport } from "./report_type.ts";

/** A setting's axes without the parts that their fields are in, "lambda=2, scale=4", as long as that is clear. */
export function settingTitle({ name, values }: Pick<SettingReport, "name" | "values">): string {
  const paths = Object.keys(values);
  if (paths.length === 0) return name;
  const fields = paths.map((path) => path.slice(path.lastIndexOf(".") + 1));
  const clear = new Set(fields).size === fields.length && !fields.includes("kind");
  return Object.values(values).map((value, i) => `${clear ? fields[i] : paths[i]}=${axisValueText(value)}`)
    .join(", ");
}
