/**
 * From zod's issues to Winnow's words.
 *
 * @module
 */
import type { z } from "npm:zod@4.6.7";
import type { Fault } from "../errors.ts";
import { type DataPath, pathText, valueAt } from "./data_path.ts";
import { type FieldText, fieldTexts } from "./field_text.ts";
import { nearestName } from "../nearest_name.ts";
import { kindOf, objectsIn, schemaAt } from "./schema_at.ts";
import { keyRemedy, knownKeys } from "./unknown_key.ts";

/** A fault that is still to be told what was being done. */
export type Problem = Omit<Fault, "doing">;

/** The kinds that a schema tells apart. */
function kindsIn(schema: z.core.$ZodType): string[] {
  return objectsIn(schema).map(kindOf).filter((kind) => kind !== undefined);
}

function textOf(schema: z.core.$ZodType): FieldText {
  const own = fieldTexts.get(schema as z.ZodType);
  if (own) return own;
  const kinds = kindsIn(schema);
  return { rule: kinds.length > 0 ? `an object whose kind is one of ${kinds.join(", ")}` : "an object" };
}

/**
 * The problems behind one issue: one for each unknown key, else just one.
 *
 * @param schema What `data` was held to.
 * @param at Where in the recipe `data` stands.
 */
export function issueProblems(
  schema: z.core.$ZodType,
  issue: z.core.$ZodIssue,
  data: unknown,
  at: DataPath,
): Problem[] {
  const { path } = issue;
  const got = valueAt(data, path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      what: pathText([...at, ...path, key]),
      rule: `a known key (${knownKeys(schema, path, data).join(", ")})`,
      got: key,
      remedy: keyRemedy(schema, path, key, data),
    }));
  }
  const words = issue.code === "invalid_union" && issue.discriminator !== undefined
    ? kindsIn(schemaAt(schema, path.slice(0, -1), data))
    : issue.code === "invalid_value"
    ? issue.values.map(String)
    : [];
  const own = fieldTexts.get(schemaAt(schema, path, data) as z.ZodType);
  const nearest = typeof got === "string" ? nearestName(got, own?.words ?? words) : undefined;
  const text = issue.code === "custom" && issue.params !== undefined
    ? issue.params as unknown as FieldText
    : words.length > 0 && !fieldTexts.has(schemaAt(schema, path, data) as z.ZodType)
    ? { rule: words.length > 1 ? `one of ${words.join(", ")}` : words[0] }
    : textOf(schemaAt(schema, path, data));
  const remedy = nearest === undefined || nearest === got ? text.remedy : `Did you mean "${nearest}"?`;
  return [{
    what: pathText([...at, ...path]),
    // there is no value to show of what is not there
    ...(got === undefined ? { rule: `given: ${text.rule}` } : { rule: text.rule, got }),
    ...(remedy === undefined ? {} : { remedy }),
  }];
}
