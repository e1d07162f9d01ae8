/**
 * A bundle's JSON files, read and checked to be objects.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { ReadOptions } from "./bundle.ts";
import type { BundleFiles } from "./bundle_files.ts";
import { parsePythonJson } from "./python_json.ts";

/** How much of a file that is no JSON a message shows: enough to tell a web page by. */
const SHOWN_CHARACTERS = 60;

/** Text and JSON of bytes. @throws {BundleError} They are not UTF-8, or not JSON. */
export function parseJsonFile(bytes: Uint8Array, shown: string): unknown {
  const text = decodeText(bytes, shown);
  try {
    return parsePythonJson(text);
  } catch (cause) {
    throw new BundleError({
      doing: "read the bundle",
      what: shown,
      rule: "JSON",
      got: text.trim().slice(0, SHOWN_CHARACTERS),
      remedy: text.trimStart().startsWith("<")
        ? "This is a web page: check the address of the bundle."
        : `It fails with: ${(cause as Error).message}.`,
    }, { cause });
  }
}

/** Text of bytes. @throws {BundleError} They are not UTF-8. */
export function decodeText(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BundleError({ doing: "read the bundle", what: shown, rule: "text in UTF-8", got: cause }, {
      cause,
    });
  }
}

/** Freezes a value of JSON, all of it. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

/** An object from a JSON file, deep-frozen; undefined where the bundle has not got the file. */
export async function readJsonObject(
  files: BundleFiles,
  path: string,
  options?: ReadOptions,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bytes = await files.read(path, options);
  if (!bytes) return undefined;
  const json = parseJsonFile(bytes, files.show(path));
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new BundleError({ doing: "read the bundle", what: files.show(path), rule: "an object", got: json });
  }
  return deepFreeze(json as Record<string, unknown>);
}
