/**
 * JSON as Python's `json.dumps` writes it: the bare words `NaN`, `Infinity` and `-Infinity` are numbers. Diffusers
 * puts `-Infinity` into scheduler_config.json, and real bundles carry it.
 *
 * @module
 */

/** A string (left alone), or one of the bare words with nothing beside it that could belong to it. */
const STRING_OR_WORD = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.]|\s*:)/gs;
/** JSON has no word for it, but numbers beyond the range of float64 are read as infinite. */
const INFINITE = "1e999";

/**
 * Parses strict JSON and Python's.
 *
 * @throws {SyntaxError} The text is neither.
 */
export function parsePythonJson(text: string): unknown {
  let strictError: unknown;
  try {
    return JSON.parse(text);
  } catch (error) {
    strictError = error;
  }
  // No number of JSON is read as NaN, so that a string which nobody can have written stands for it.
  const nan = crypto.randomUUID();
  const strict = text.replace(STRING_OR_WORD, (match) => {
    if (match.startsWith('"')) return match;
    if (match === "NaN") return `"${nan}"`;
    return match.startsWith("-") ? `-${INFINITE}` : INFINITE;
  });
  if (strict === text) throw strictError;
  try {
    return JSON.parse(strict, (_, value) => value === nan ? NaN : value);
  } catch {
    throw strictError;
  }
}
