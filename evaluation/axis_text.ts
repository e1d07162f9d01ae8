/**
 * An axis as one writes it: `attention.lambda=0,1,2`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** A field of the recipe and the values that it takes in turn. */
export interface Axis {
  /** Where in the recipe: `"attention.lambda"`. A whole part may be named as well: `"attention"`. */
  readonly path: string;
  /** Plain data. */
  readonly values: readonly unknown[];
}

/** What needs no quotes: nothing that would part it, or that would be trimmed. */
const BARE_WORD = /^[^,"\s[\]{}]+$/;

/**
 * Reads `PATH=VALUE,VALUE,…`. A value is JSON (a number, `true`, `"text"`, `["down","mid"]`, `{"kind":"dense"}`) or,
 * if it is not, a bare word.
 *
 * @throws {UsageError} if there is no path, no value, or an empty value.
 */
export function parseAxis(text: string): Axis {
  const [, path, list] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(text) ?? [];
  const refuse = (rule: string) =>
    new UsageError({
      doing: "read the axis",
      what: "it",
      rule,
      got: text,
      remedy: "Write a field of the recipe and its values, such as attention.lambda=0,1,2.",
    });
  if (path === undefined) throw refuse("PATH=VALUE,VALUE,…");
  const values = splitValues(list).map((value) => value.trim());
  if (values.includes("")) throw refuse("a path and values, none of them empty");
  return { path, values: values.map(readValue) };
}

/** Parts at commas that stand in no brackets and no quotes. */
function splitValues(list: string): string[] {
  const values: string[] = [];
  let start = 0, depth = 0, quoted = false;
  for (let i = 0; i < list.length; i++) {
    const character = list[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if ("[{".includes(character)) depth++;
    else if ("]}".includes(character)) depth--;
    else if (character === "," && depth <= 0) {
      values.push(list.slice(start, i));
      start = i + 1;
    }
  }
  return [...values, list.slice(start)];
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a bare word
  }
}

/** A value as one writes it: words bare, anything else as JSON. */
export function axisValueText(value: unknown): string {
  return typeof value === "string" && readValue(value) === value && BARE_WORD.test(value)
    ? value
    : JSON.stringify(value);
}
