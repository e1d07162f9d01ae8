/**
 * Where downloads are kept.
 *
 * @module
 */
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { isAbsolute } from "npm:deno-std@1.4.0/path/is_absolute.js";
import { resolve } from "npm:deno-std@1.4.0/path/resolve.js";
import { BundleError } from "../../errors.ts";
import { sha256Hex } from "./file_digest.ts";

/** How long the readable part of a cache folder's name may be. */
const SLUG_LENGTH = 60;
/** Hexadecimal digits of the URL's hash in the folder's name: 64 bits, none will collide. */
const HASH_LENGTH = 16;

/** An environment variable; undefined also where Deno may not read it. */
function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function platformCache(): string | undefined {
  switch (Deno.build.os) {
    case "windows":
      return variable("LOCALAPPDATA");
    case "darwin": {
      const home = variable("HOME");
      return home && join(home, "Library", "Caches");
    }
    default: {
      // The XDG specification has relative paths ignored.
      const xdg = variable("XDG_CACHE_HOME");
      if (xdg && isAbsolute(xdg)) return xdg;
      const home = variable("HOME");
      return home && join(home, ".cache");
    }
  }
}

/**
 * The folder of all downloads: `cacheDir`, else the environment's WINNOW_CACHE, else `winnow` in the platform's cache
 * folder (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches; LOCALAPPDATA).
 *
 * @throws {BundleError} None of these is known.
 */
export function cacheFolder(cacheDir?: string): string {
  const named = cacheDir ?? variable("WINNOW_CACHE");
  if (named) return resolve(named);
  const platform = platformCache();
  if (platform) return join(platform, "winnow");
  throw new BundleError({
    doing: "download the bundle",
    what: "the cache folder",
    rule: "known",
    remedy: "Set WINNOW_CACHE to a folder, or the option cacheDir, or give Deno --allow-env.",
  });
}

/** The folder of one URL's files: readable, and one for each URL (its fragment and user aside). */
export async function cacheEntry(cache: string, base: URL): Promise<string> {
  const url = new URL(base);
  url.hash = url.username = url.password = "";
  const hash = await sha256Hex(new TextEncoder().encode(url.href));
  const slug = `${url.host}${url.pathname}`.replace(/[^a-zA-Z0-9.]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");
  return join(cache, "bundles", `${slug.slice(-SLUG_LENGTH)}-${hash.slice(0, HASH_LENGTH)}`);
}
