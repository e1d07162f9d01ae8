/**
 * Reading fields of a component's config.json.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";

/** A component's config.json, with the path by which messages name it. */
export interface ComponentConfig {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

function fail(config: ComponentConfig, field: string, rule: string): never {
  throw new BundleError({
    doing: "read the model's configuration",
    what: `${config.path}: ${field}`,
    rule,
    got: config.values[field],
    remedy: "The folder must hold the config.json that was exported with the model.",
  });
}

/** A field that must be a finite number. */
export function numberField(config: ComponentConfig, field: string, otherwise?: number): number {
  const value = config.values[field] ?? otherwise;
  return typeof value === "number" && Number.isFinite(value) ? value : fail(config, field, "a number");
}

/** A field that must be a list of strings. */
export function stringsField(config: ComponentConfig, field: string): string[] {
  const value = config.values[field];
  return Array.isArray(value) && value.every((item) => typeof item === "string")
    ? value
    : fail(config, field, "a list of strings");
}

/** A field that must be a list of numbers, or one number for all of `count`. */
export function numbersField(
  config: ComponentConfig,
  field: string,
  count: number,
  otherwise?: number,
): number[] {
  const value = config.values[field] ?? otherwise;
  if (typeof value === "number") return Array(count).fill(value);
  const ok = Array.isArray(value) && value.length === count &&
    value.every((item) => typeof item === "number");
  return ok ? value : fail(config, field, `a number, or a list of ${count}`);
}
