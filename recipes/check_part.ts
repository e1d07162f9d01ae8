/**
 * From zod's issues to Winnow's errors.
 *
 * @module
 */
import type { z } from "npm:zod@4.6.7";
import { type Fault, RecipeError } from "../errors.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { nearestKey } from "./nearest_key.ts";

/** What helps, by the path of the field. Anything else speaks for itself through its rule. */
const REMEDIES: Readonly<Record<string, string>> = {
  "scheduler.steps": "8 to 30 steps serve most models; distilled ones take 1 to 8.",
  "attention.lambda": "The paper uses 1 to 3; 2 is its default.",
  "attention.alpha": "1.5 and 2 are usual; for α = 1 use dense().",
  "guidance.scale": "1 is no guidance; 3 to 8 are usual.",
  "guidance": "A guidance-distilled model takes noGuidance().",
  "size.width": "Leave size out for the model's own.",
  "size.height": "Leave size out for the model's own.",
};

type Path = readonly PropertyKey[];

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function pathText(path: Path, root: string): string {
  const text = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(
    /^\./,
    "",
  );
  return [root, text].filter(Boolean).join(text.startsWith("[") ? "" : ".") || "the recipe";
}

function knownKeys(schema: z.ZodType, path: Path, value: unknown): string[] {
  let current: unknown = schema;
  const step = (node: unknown, at: unknown): unknown => {
    const def =
      (node as { def?: { type: string; innerType?: unknown; options?: unknown[]; in?: unknown } } | undefined)
        ?.def;
    if (!def) return undefined;
    if (def.innerType) return step(def.innerType, at);
    if (def.type === "pipe") return step(def.in, at);
    if (def.type === "union") {
      const kind = (at as { kind?: unknown } | undefined)?.kind;
      return def.options?.find((option) => {
        const shape = (option as z.ZodObject).shape as Record<string, { value?: unknown }> | undefined;
        return shape?.kind?.value === kind;
      });
    }
    return node;
  };
  current = step(current, value);
  for (const [i, key] of path.entries()) {
    const shape = (current as z.ZodObject | undefined)?.shape as Record<PropertyKey, unknown> | undefined;
    current = step(shape?.[key], valueAt(value, path.slice(0, i + 1)));
  }
  return Object.keys((current as z.ZodObject | undefined)?.shape ?? {});
}

function faultsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  value: unknown,
  doing: string,
  root: string,
): Fault[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path, value);
    return issue.keys.map((key) => {
      const near = nearestKey(key, known);
      return {
        doing,
        what: pathText([...issue.path, key], root),
        rule: known.length ? `absent (${pathText(issue.path, root)} has ${known.join(", ")})` : "absent",
        got: valueAt(value, [...issue.path, key]),
        ...(near ? { remedy: `Did you mean "${near}"?` } : {}),
      };
    });
  }
  const what = pathText(issue.path, root);
  const remedy = REMEDIES[what];
  return [{
    doing,
    what,
    rule: issue.message,
    got: valueAt(value, issue.path),
    ...(remedy ? { remedy } : {}),
  }];
}

/**
 * Checks a value against a schema.
 *
 * @param root The path of the value within a recipe, for messages: `"attention"`.
 * @returns The parsed data, deep-frozen.
 * @throws {RecipeError} naming the first field at fault, its rule, its value and the remedy; further faults follow.
 */
export function checkPart<T>(schema: z.ZodType<T>, value: unknown, doing: string, root = ""): T {
  const result = schema.safeParse(value);
  if (result.success) return deepFreeze(result.data);
  const [first, ...more] = result.error.issues.flatMap((issue) =>
    faultsOf(issue, schema, value, doing, root)
  );
  const others = more.map((fault) => new RecipeError(fault).message.replace(/^Cannot [^:]*: /, "Also, "));
  throw new RecipeError({
    ...first,
    ...(others.length ? { remedy: [first.remedy ?? "", ...others].filter(Boolean).join("\n") } : {}),
  });
}
