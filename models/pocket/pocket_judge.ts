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
  "c272d556c78f6b15950b8ec4f0c7bbf2636458174636faa732212e2a614b2eb3";

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
