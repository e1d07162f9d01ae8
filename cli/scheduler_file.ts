/**
 * The scheduler_config.json behind `--scheduler`.
 *
 * @module
 */

import { RecipeError } from "../errors.ts";
import { parsePythonJson } from "../models/bundle/python_json.ts";
import { firstLine, inputUrl, readInput } from "./input_files.ts";

/**
 * Reads a diffusers scheduler_config.json, from a path or URL.
 *
 * Python's JSON has the bare number -Infinity, which `lambda_min_clipped` may be. A recipe is plain JSON, which has
 * no such number, so it is given as a string; the scheduler takes either.
 *
 * @throws {RecipeError} If there is no such file, or it holds no JSON object.
 */
export async function readSchedulerFile(
  reference: string,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const doing = `read the scheduler configuration ${reference}`;
  const bytes = await readInput(inputUrl(reference).url, doing, signal);
  let json: unknown;
  try {
    json = parsePythonJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RecipeError({ doing, what: "the file", rule: "JSON", got: firstLine(cause) }, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new RecipeError({ doing, what: "the file", rule: "a JSON object", got: json });
  }
  const plain = (value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, plain(value)]));
}
