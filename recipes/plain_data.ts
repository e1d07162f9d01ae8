/**
 * Input made plain: a copy that is JSON-like through and through, so that nobody else holds what will be frozen.
 *
 * @module
 */
import type { Problem } from "./issue_problems.ts";
import { type DataPath, pathText } from "./data_path.ts";

/** Deeper than any recipe; what is deeper is most likely cyclic. */
const MOST_DEEP = 32;

/** What {@linkcode plainData} throws: a problem, to be made an error by who knows what was being done. */
export class NotPlain {
  constructor(readonly problem: Problem) {}
}

function notPlain(path: DataPath, rule: string, got: unknown): NotPlain {
  return new NotPlain({ what: pathText(path), rule, got, remedy: "A recipe is what JSON can hold." });
}

/**
 * A copy of `value` without keys whose value is undefined and with −0 as 0, which JSON has not. Numbers that JSON
 * cannot hold are left for the schema to judge, which knows each field's rule.
 *
 * @throws {NotPlain} if there is a function, symbol, class instance or cycle in it.
 */
export function plainData(value: unknown, path: DataPath): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value === "function" || typeof value === "symbol") throw notPlain(path, "plain data", value);
  if (typeof value !== "object" || value === null) return value;
  if (path.length > MOST_DEEP) {
    throw notPlain(path, `at most ${MOST_DEEP} levels deep, without cycles`, "a deeper one");
  }
  if (Array.isArray(value)) return Array.from(value, (item, i) => plainData(item, [...path, i]));
  if (!isPlainObject(value)) {
    throw notPlain(path, "plain data", `an instance of ${value.constructor?.name ?? "a class"}`);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // assigning to it would change the copy's prototype
    if (key === "__proto__") throw notPlain([...path, key], "left out", item);
    if (item !== undefined) copy[key] = plainData(item, [...path, key]);
  }
  return copy;
}

/** Object literals, JSON, and both from another realm. */
function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
