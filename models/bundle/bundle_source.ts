/**
 * What a bundle's source is: a folder or a URL.
 *
 * @module
 */
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";
import { resolve } from "npm:deno-std@1.4.0/path/resolve.js";
import { BundleError } from "../../errors.ts";

/** Where a bundle is. */
export type BundleSource =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "url"; readonly base: URL };

/** Two letters at least: one letter and a colon are a drive of Windows. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/**
 * Reads a source: an http(s) URL, a file: URL, or else the path of a folder, relative to the working directory.
 *
 * @throws {BundleError} It is empty, or a URL of another scheme.
 */
export function parseBundleSource(source: string | URL): BundleSource {
  const fail = (cause?: unknown): never => {
    throw new BundleError({
      doing: "open the bundle",
      what: "its source",
      rule: "the path of a folder, or a file:, http: or https: URL",
      got: String(source),
    }, { cause });
  };
  const text = String(source);
  if (text === "") fail();
  if (!SCHEME.test(text)) return { kind: "folder", path: resolve(text) };
  try {
    const url = new URL(text);
    if (url.protocol === "file:") return { kind: "folder", path: resolve(fromFileUrl(url)) };
    if (url.protocol === "http:" || url.protocol === "https:") return { kind: "url", base: url };
  } catch (cause) {
    fail(cause);
  }
  return fail();
}
