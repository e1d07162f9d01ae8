import { BundleError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import { FIELD_RULES, FOREIGN_FIELDS } from "./scheduler_fields.ts";

/**
 * Checks a scheduler_config.json, and keeps what is honoured of it. Fields that diffusers writes for other schedulers
 * are known and left out; a field that nobody knows gives a warning.
 *
 * @param json The file as parsed. −Infinity, which diffusers writes for `lambda_min_clipped`, may be a number or its name.
 * @param path What to call the file in messages.
 * @throws {BundleError} naming the field that breaks its rule
 */
export function parseSchedulerConfig(
  json: unknown,
  path: string,
): { config: SchedulerConfig; warnings: string[] } {
  const doing = `read the scheduler's configuration ${path}`;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new BundleError({ doing, what: "its content", rule: "a JSON object", got: json });
  }
  const config: Record<string, unknown> = {};
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(json)) {
    const rule = Object.hasOwn(FIELD_RULES, name) ? FIELD_RULES[name as keyof SchedulerConfig] : undefined;
    if (!rule) {
      if (name.startsWith("_") || FOREIGN_FIELDS.has(name)) continue;
      const nearest = nearestName(name, Object.keys(FIELD_RULES));
      warnings.push(
        `${path}: the unknown field "${name}" is ignored.${nearest ? ` Did you mean "${nearest}"?` : ""}`,
      );
    } else if (value === null && rule.nullable) {
      continue;
    } else {
      const read = name === "lambda_min_clipped" && value === "-Infinity" ? -Infinity : value;
      if (!rule.accepts(read)) throw new BundleError({ doing, what: name, rule: rule.rule, got: value });
      config[name] = Array.isArray(read) ? Object.freeze([...read]) : read;
    }
  }
  if (Number(config.beta_start) > Number(config.beta_end)) {
    throw new BundleError({
      doing,
      what: "beta_end",
      rule: `at least beta_start, ${config.beta_start}`,
      got: config.beta_end,
    });
  }
  return { config: Object.freeze(config), warnings };
}
