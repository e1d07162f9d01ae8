/**
 * Names of files inside a bundle: always relative, with forward slashes, and never leading out of it. They come from
 * manifests and from ONNX files, so that nobody's bundle can make Winnow read or write elsewhere.
 *
 * @module
 */
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { BundleError } from "../../errors.ts";

/** Backslash and colon separate folders and drives on Windows; control characters have no place in a name. */
const FORBIDDEN = /[\\:\p{Cc}]/u;

/** Whether `path` names a file below a bundle's root on every system. */
export function isBundlePath(path: string): boolean {
  if (FORBIDDEN.test(path) || !path.isWellFormed()) return false;
  // Windows drops dots and spaces at the end of a name, which turns ".. " into "..".
  return path.split("/").every((name) => name !== "" && !/[. ]$/.test(name));
}

/**
 * Checks a path that a bundle's file states.
 *
 * @param statedBy Where it was read, for the message.
 * @throws {BundleError} It is empty, absolute, leads upwards or is not portable.
 */
export function checkBundlePath(path: string, statedBy: string): string {
  if (isBundlePath(path)) return path;
  throw new BundleError({
    doing: "open the bundle",
    what: `each file named in ${statedBy}`,
    rule: 'inside the bundle: relative, with "/" between folders, without "..", "\\" and ":"',
    got: path,
    remedy: "Do not use this bundle unless you trust where it is from.",
  });
}

/** Where a file of the bundle lies on disk. */
export function diskPath(root: string, path: string): string {
  return join(root, ...path.split("/"));
}

/** The URL of a file of the bundle: below `base`, with the base's query (which may hold a signature). */
export function fileUrl(base: URL, path: string): URL {
  const url = new URL(base);
  const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
  url.pathname = folder + path.split("/").map(encodeURIComponent).join("/");
  return url;
}
