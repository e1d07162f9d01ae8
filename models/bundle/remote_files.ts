/**
 * A bundle at a URL.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { BundleFiles } from "./bundle_files.ts";
import { MANIFEST_FILE } from "./bundle_layout.ts";
import { checkManifest, type Manifest } from "./bundle_manifest.ts";
import { fileUrl } from "./bundle_path.ts";
import { downloadFile, refused } from "./download_file.ts";
import { sha256Hex } from "./file_digest.ts";
import { parseJsonFile } from "./json_file.ts";
import { listedFiles } from "./listed_files.ts";
import { downloadedWords, type RemotePlace, requestFor } from "./remote_place.ts";
import { unlistedFiles } from "./unlisted_files.ts";
import { readVerified } from "./verified_read.ts";

/** The manifest of a known hash: from the cache without a word to the network, if it is there. */
async function pinnedManifest(place: RemotePlace, sha256: string): Promise<Manifest> {
  const expectedBy = "manifestSha256";
  const request = requestFor(place, MANIFEST_FILE, place);
  const words = downloadedWords(place, MANIFEST_FILE, expectedBy);
  const cached = () => readVerified(request.target, undefined, words, place);
  let bytes = await cached();
  if (!bytes || await sha256Hex(bytes) !== sha256) {
    const result = await downloadFile({ ...request, expected: { sha256 }, expectedBy });
    if (result.kind === "absent") {
      throw refused(request.url, "there, since its hash is stated", result.answer);
    }
    bytes = await cached();
    // Another process may have opened another version meanwhile.
    if (!bytes || await sha256Hex(bytes) !== sha256) {
      throw new BundleError({
        doing: "open the bundle",
        what: words.shown,
        rule: `the manifest of SHA-256 ${sha256}`,
        got: "another, written by another process just now",
        remedy: "Use another cache folder for each version of a bundle that is used at the same time.",
      });
    }
  }
  return checkManifest(parseJsonFile(bytes, request.url.href), request.url.href, sha256);
}

/**
 * Opens a bundle at a URL. With a manifest, files in the cache are used as long as they are what it says; with the
 * manifest's hash known beforehand, that takes no network at all once everything is there. Without a manifest the
 * known layout is asked for, and whether what is in the cache has changed.
 *
 * @throws {BundleError} The server cannot be reached, or the manifest is not what it must be.
 */
export async function openRemote(place: RemotePlace, manifestSha256?: string): Promise<BundleFiles> {
  if (manifestSha256) return listedFiles(place, await pinnedManifest(place, manifestSha256));
  const unlisted = unlistedFiles(place);
  const bytes = await unlisted.read(MANIFEST_FILE, place);
  if (!bytes) return unlisted;
  const url = fileUrl(place.base, MANIFEST_FILE).href;
  return listedFiles(place, checkManifest(parseJsonFile(bytes, url), url, await sha256Hex(bytes)));
}
