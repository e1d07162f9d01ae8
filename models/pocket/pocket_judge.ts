/**
 * The files that the bundled model's pictures are judged by, which lie beside this module: on disk, or at the URL that
 * the module was imported from.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { openBundleFiles, type OpenBundleOptions } from "../bundle/open_files.ts";

/** Where they are. */
export const POCKET_JUDGE_URL: URL = new URL("./judge/", import.meta.url);

/** SHA-256 of their `manifest.json`: whatever is fetched must be the judge of this version of Winnow. */
export const POCKET_JUDGE_MANIFEST_SHA256 =
  "8f9bcaab14406f6dbb4eb212a8186e11d9431e77bb8c2c19eff3e3116ecaf6c0";

/** The judge's network, and the drawings of all objects. */
export type PocketJudgeFile = "model.onnx" | "sprites.png";

/**
 * A file's bytes, checked; fetched first, once, if it is not on this disk.
 *
 * @throws {BundleError} The file is missing, damaged or cannot be fetched.
 */
export async function readJudgeFile(
  name: PocketJudgeFile,
  options: Omit<OpenBundleOptions, "manifestSha256"> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  options.signal?.throwIfAborted();
  const files = await openBundleFiles(POCKET_JUDGE_URL, {
    ...options,
    manifestSha256: POCKET_JUDGE_MANIFEST_SHA256,
  });
  const bytes = await files.read(name, options);
  if (bytes) return bytes;
  throw new BundleError({
    doing: "open the judge",
    what: files.show(name),
    rule: "there",
    got: "no such file",
  });
}
