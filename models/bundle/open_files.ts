/**
 * Opens the files of a bundle as such, wherever they are.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { BundleFiles } from "./bundle_files.ts";
import { MANIFEST_FILE } from "./bundle_layout.ts";
import { parseBundleSource } from "./bundle_source.ts";
import { cacheEntry, cacheFolder } from "./cache_folder.ts";
import { openFolder } from "./folder_files.ts";
import { openRemote } from "./remote_files.ts";
import type { DownloadProgress } from "./remote_place.ts";
import type { TransferOptions } from "./transfer.ts";

/** How a bundle is opened. */
export interface OpenBundleOptions extends TransferOptions {
  /** Where downloads are kept; else WINNOW_CACHE says it, else it is `winnow` in the platform's cache folder. */
  readonly cacheDir?: string;
  /** Called while files are downloaded. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * SHA-256 of `manifest.json` in hex, where it is known beforehand: the bundle must be that very one, and once all of
   * it is in the cache it is opened and read without a network.
   */
  readonly manifestSha256?: string;
}

/**
 * Opens the files of a bundle, or of any folder or address that has a `manifest.json` like a bundle's: on disk, or
 * fetched and kept.
 *
 * @throws {BundleError} They are not there, or not those of the manifest that is asked for.
 */
export async function openBundleFiles(
  source: string | URL,
  options: OpenBundleOptions = {},
): Promise<BundleFiles> {
  const parsed = parseBundleSource(source);
  const pin = options.manifestSha256?.toLowerCase();
  if (parsed.kind === "url") {
    const entry = await cacheEntry(cacheFolder(options.cacheDir), parsed.base);
    return await openRemote({ ...options, base: parsed.base, entry }, pin);
  }
  const files = await openFolder(parsed.path);
  if (pin !== undefined && files.manifest?.sha256 !== pin) {
    throw new BundleError({
      doing: "open the bundle",
      what: files.show(MANIFEST_FILE),
      rule: `the manifest of SHA-256 ${pin}`,
      got: files.manifest?.sha256 ?? "none",
      remedy: "The folder holds another version of the bundle: get it again.",
    });
  }
  return files;
}
