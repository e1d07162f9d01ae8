/**
 * What can follow the flags that `eval` alone has.
 *
 * @module
 */

import type { Suggestion } from "npm:@optique/core@1.3.6/parser";
import type { ValueParser } from "npm:@optique/core@1.3.6/valueparser";
import { UsageError } from "../errors.ts";
import { type Axis, axisValueText, parseAxis } from "../evaluation/axis_text.ts";
import { didYouMean } from "../nearest_name.ts";
import type { FlagName } from "./flag_values.ts";
import { usageMessage } from "./usage_error.ts";

/** What completion offers for an axis. The schema has more, but is not worth loading for a complaint or for help. */
export const AXIS_PATHS = [
  "attention.kind",
  "attention.lambda",
  "attention.alpha",
  "attention.sites",
  "attention.interval",
  "guidance.kind",
  "guidance.scale",
  "guidance.rescale",
  "scheduler.kind",
  "scheduler.steps",
  "scheduler.sigmas",
  "scheduler.eta",
  "textEncoder.clipSkip",
  "model.source",
] as const;

/** Some names with commas between them, each once. */
export function namesValue<const T extends string>(
  flag: FlagName,
  metavar: "KINDS",
  names: readonly [T, ...T[]],
): ValueParser<"sync", readonly T[]> {
  return {
    mode: "sync",
    metavar,
    placeholder: names,
    parse(input) {
      const given = input.split(",").map((name) => name.trim());
      const wrong = given.find((name, i) =>
        !names.some((known) => known === name) || given.indexOf(name) !== i
      );
      if (wrong === undefined) return { success: true, value: given as T[] };
      const remedy = didYouMean(wrong, names);
      return {
        success: false,
        error: usageMessage({
          what: flag,
          rule: `some of ${names.join(",")}, each once`,
          got: input,
          ...(remedy && !names.some((known) => known === wrong) ? { remedy } : {}),
        }),
      };
    },
    format: (value) => value.join(","),
    *suggest(prefix): Iterable<Suggestion> {
      const before = prefix.slice(0, prefix.lastIndexOf(",") + 1);
      for (const name of names) {
        if (`${before}${name}`.startsWith(prefix)) yield { kind: "literal", text: `${before}${name}` };
      }
    },
  };
}

/** A field of the recipe and its values. */
export function axisValue(flag: FlagName): ValueParser<"sync", Axis> {
  return {
    mode: "sync",
    metavar: "PATH=V,…",
    placeholder: { path: "", values: [] },
    parse(input) {
      try {
        return { success: true, value: parseAxis(input) };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        const { rule, got, remedy } = error.fault;
        return {
          success: false,
          error: usageMessage({ what: flag, rule, got, ...(remedy ? { remedy } : {}) }),
        };
      }
    },
    format: ({ path, values }) => `${path}=${values.map(axisValueText).join(",")}`,
    *suggest(prefix): Iterable<Suggestion> {
      for (const path of AXIS_PATHS) {
        if (`${path}=`.startsWith(prefix)) yield { kind: "literal", text: `${path}=` };
      }
    },
  };
}
