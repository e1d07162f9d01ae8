/**
 * Files that flags name: on this machine or, by URL, elsewhere.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fault, RecipeError, type WinnowError } from "../errors.ts";
import type { FetchProgress } from "./progress.ts";

/** Options of whatever loads what a flag names. */
export interface InputOptions {
  /** Gives up when aborted. */
  readonly signal?: AbortSignal;
  /** Told while a model's files are fetched. */
  readonly onFetch?: (event: FetchProgress) => void;
}

/** A file that a flag names. */
export interface InputUrl {
  readonly url: URL;
  /** What follows `#`, if it reads like the name of an export. */
  readonly exportName: string | undefined;
}

/** The URL of a path or URL, parted from `#name`. Relative paths start at the working directory. */
export function inputUrl(reference: string): InputUrl {
  if (/^(https?|file):/.test(reference) && URL.canParse(reference)) {
    const url = new URL(reference);
    const exportName = url.hash === "" ? undefined : decodeURIComponent(url.hash.slice(1));
    url.hash = "";
    return { url, exportName };
  }
  const named = /^(.*\.\w+)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(reference);
  return { url: pathToFileURL(resolve(named?.[1] ?? reference)), exportName: named?.[2] };
}

/**
 * The bytes of a file.
 *
 * @param doing What it is read for, after "Cannot".
 * @param Refusal What is thrown.
 * @throws {RecipeError} If there is none, or it cannot be read.
 */
export async function readInput(
  url: URL,
  doing: string,
  signal?: AbortSignal,
  Refusal: new (fault: Fault, options?: ErrorOptions) => WinnowError = RecipeError,
): Promise<Uint8Array> {
  try {
    if (url.protocol === "file:") return await Deno.readFile(url, { signal });
    const response = await fetch(url, { signal });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    await response.body?.cancel();
    throw new Refusal({ doing, what: "the server's answer", rule: "200", got: response.status });
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Refusal) throw cause;
    const got = cause instanceof Deno.errors.NotFound
      ? "nothing there"
      : cause instanceof Deno.errors.IsADirectory
      ? "a folder"
      : firstLine(cause);
    throw new Refusal({ doing, what: "it", rule: "a file that can be read", got }, { cause });
  }
}

/** Enough of an error's first line to know it by, with room for where it happened. */
const MAX_LINE = 90;

/** The first line of what an error says, cut if it is long. */
export function firstLine(error: unknown): string {
  const text = !(error instanceof Error)
    ? `a thrown ${String(error)}`
    // some messages begin with the name of another error
    : /^\w*Error: /.test(error.message)
    ? error.message
    : `${error.name}: ${error.message}`;
  const line = text.split("\n", 1)[0].trim();
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line;
}
