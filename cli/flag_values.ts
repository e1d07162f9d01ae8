/**
 * What can follow a flag. Each parser names the flag in its complaint.
 *
 * Only the spelling is judged here; whether a number is in range is the recipe schema's to say, so that the rule
 * stands in one place.
 *
 * @module
 */

import type { Suggestion } from "npm:@optique/core@1.3.6/parser";
import type { ValueParser } from "npm:@optique/core@1.3.6/valueparser";
import { didYouMean } from "../nearest_name.ts";
import { usageMessage } from "./usage_error.ts";

/** A flag that a value belongs to. */
export type FlagName = `--${string}`;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

/** A decimal number. */
export function numberValue(
  flag: FlagName,
  metavar: "S" | "R" | "L" | "A" | "T" | "N" | "W" | "H",
): ValueParser<"sync", number> {
  return {
    mode: "sync",
    metavar,
    placeholder: 0,
    parse: (input) =>
      DECIMAL.test(input)
        ? { success: true, value: Number(input) }
        : { success: false, error: usageMessage({ what: flag, rule: "a number", got: input }) },
    format: String,
  };
}

/** A whole number of any size, for seeds. */
export function bigintValue(flag: FlagName, metavar: "N"): ValueParser<"sync", bigint> {
  return {
    mode: "sync",
    metavar,
    placeholder: 0n,
    parse: (input) =>
      WHOLE.test(input)
        ? { success: true, value: BigInt(input.replace("+", "")) }
        : { success: false, error: usageMessage({ what: flag, rule: "a whole number", got: input }) },
    format: String,
  };
}

/** One of some names; a near miss is told its neighbour. */
export function nameValue<const T extends string>(
  flag: FlagName,
  metavar: "NAME" | "KIND" | "DEVICE" | "FORM" | "GRAMMAR",
  names: readonly [T, ...T[]],
): ValueParser<"sync", T> {
  return {
    mode: "sync",
    metavar,
    placeholder: names[0],
    choices: names,
    parse(input) {
      const value = names.find((name) => name === input);
      if (value !== undefined) return { success: true, value };
      const remedy = didYouMean(input, names);
      return {
        success: false,
        error: usageMessage({
          what: flag,
          rule: `one of ${names.join(", ")}`,
          got: input,
          ...(remedy ? { remedy } : {}),
        }),
      };
    },
    format: (value) => value,
    *suggest(prefix): Iterable<Suggestion> {
      for (const name of names) if (name.startsWith(prefix)) yield { kind: "literal", text: name };
    },
  };
}

/** A path or URL, completed by the shell; `names` are words that are completed as well. */
export function placeValue(
  flag: FlagName,
  metavar: "FILE" | "FOLDER" | "MODEL",
  names: readonly string[] = [],
): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar,
    placeholder: ".",
    parse: (input) =>
      input.trim() !== ""
        ? { success: true, value: input }
        : { success: false, error: usageMessage({ what: flag, rule: "a path, not empty", got: input }) },
    format: (value) => value,
    *suggest(prefix): Iterable<Suggestion> {
      for (const name of names) if (name.startsWith(prefix)) yield { kind: "literal", text: name };
      const type = metavar === "FILE" ? "file" : "directory";
      yield { kind: "file", pattern: prefix, type };
    },
  };
}

/** "all", or words apart by commas. */
export function sitesValue(flag: FlagName): ValueParser<"sync", "all" | readonly string[]> {
  return {
    mode: "sync",
    metavar: "SITES",
    placeholder: "all",
    parse(input) {
      const sites = input.split(",").map((site) => site.trim());
      if (sites.every((site) => site !== "")) {
        return { success: true, value: sites.length === 1 && sites[0] === "all" ? "all" : sites };
      }
      const rule = "all, or places and ids of sites apart by commas";
      return { success: false, error: usageMessage({ what: flag, rule, got: input }) };
    },
    format: (value) => value === "all" ? value : value.join(","),
    *suggest(prefix): Iterable<Suggestion> {
      for (const name of ["all", "down", "mid", "up"]) {
        if (name.startsWith(prefix)) yield { kind: "literal", text: name };
      }
    },
  };
}

/** Any text, the empty one as well. */
export function textValue(metavar: "PROMPT" | "TEXT"): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar,
    placeholder: "",
    parse: (input) => ({ success: true, value: input }),
    format: (value) => value,
  };
}
