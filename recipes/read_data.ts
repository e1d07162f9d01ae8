/**
 * Data from anywhere, held to a schema.
 *
 * @module
 */
import type { z } from "npm:zod@4.6.7";
import { RecipeError, showValue } from "../errors.ts";
import type { DataPath } from "./data_path.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { issueProblems, type Problem } from "./issue_problems.ts";
import { NotPlain, plainData } from "./plain_data.ts";

/** Problems beyond the first that are listed; then they are counted. */
const MOST_LISTED = 9;

function sentence({ what, rule, got, remedy }: Problem): string {
  return `${what} must be ${rule}${got === undefined ? "" : `, got ${showValue(got)}`}.${
    remedy ? ` ${remedy}` : ""
  }`;
}

function recipeError(doing: string, [first, ...others]: readonly Problem[]): RecipeError {
  if (others.length === 0) return new RecipeError({ doing, ...first });
  const left = others.length - MOST_LISTED;
  const lines = [
    first.remedy ?? "There is more:",
    ...others.slice(0, MOST_LISTED).map((problem) => `Also, ${sentence(problem)}`),
    ...(left > 0 ? [`And ${left} more.`] : []),
  ];
  return new RecipeError({ doing, ...first, remedy: lines.join("\n") });
}

/** A value can break two bounds of one rule; that is one problem. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.what} ${problem.rule}`, problem])).values()];
}

/**
 * A deep-frozen copy of `input` as the schema has it, defaults filled in.
 *
 * @param doing What is being done, for the message.
 * @param at Where in the recipe `input` stands.
 * @throws {RecipeError} for all problems at once: the first in the sentence, the others as further lines.
 */
export function readData<S extends z.ZodType>(
  schema: S,
  input: unknown,
  { doing, at = [] }: { readonly doing: string; readonly at?: DataPath },
): z.output<S> {
  let data: unknown;
  try {
    data = plainData(input, at);
  } catch (error) {
    throw error instanceof NotPlain ? new RecipeError({ doing, ...error.problem }) : error;
  }
  const result = schema.safeParse(data);
  if (result.success) return deepFreeze(result.data);
  throw recipeError(
    doing,
    distinct(result.error.issues.flatMap((issue) => issueProblems(schema, issue, data, at))),
  );
}
