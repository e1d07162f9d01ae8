/**
 * Reading `results.jsonl`.
 *
 * @module
 */
import { EvaluationError } from "../errors.ts";
import { type ResultRow, resultRowSchema } from "./result_row.ts";

const NEWLINE = 0x0a;

/**
 * The rows of a `results.jsonl`. A last line that does not end, as a kill leaves it, is passed over; a file that is
 * not there has no rows.
 *
 * @param options With `cut`, that last line is also taken off the file.
 * @throws {EvaluationError} naming the first line that is no row.
 */
export async function readResultRows(
  path: string,
  options: { readonly cut?: boolean } = {},
): Promise<ResultRow[]> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  if (options.cut && end < bytes.length) await Deno.truncate(path, end);
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  return lines.map((line, i) => readRow(line, `line ${i + 1} of ${path}`));
}

function readRow(line: string, what: string): ResultRow {
  const doing = "read the results";
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch (cause) {
    throw new EvaluationError({ doing, what, rule: "JSON", got: line }, { cause });
  }
  const { success, data: row, error } = resultRowSchema.safeParse(data);
  if (success) return row as unknown as ResultRow;
  const [{ path, message }] = error.issues;
  throw new EvaluationError({
    doing,
    what: `${what}: ${path.join(".")}`,
    rule: "as Winnow writes it",
    got: message,
  }, { cause: error });
}
