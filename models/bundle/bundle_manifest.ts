/**
 * `manifest.json`: the sizes and hashes of a bundle's files. Optional; where it is, it is enforced.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { MANIFEST_FILE } from "./bundle_layout.ts";
import { checkBundlePath } from "./bundle_path.ts";

/** What a file must be. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** `{ "version": 1, "files": { "unet/model.onnx": { "size": …, "sha256": "…" }, … } }`: every file but itself. */
export interface Manifest {
  readonly version: 1;
  readonly files: ReadonlyMap<string, FileFacts>;
  /** SHA-256 of the manifest's own bytes, lower-case hex. */
  readonly sha256: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Checks a manifest, parsed.
 *
 * @param where Its path or URL, for messages.
 * @throws {BundleError} A field is not what it must be, or a file's path leads out of the bundle.
 */
export function checkManifest(json: unknown, where: string, sha256: string): Manifest {
  const fail = (field: string, rule: string, got: unknown, remedy?: string): never => {
    throw new BundleError({ doing: "read the manifest", what: `${where}: ${field}`, rule, got, remedy });
  };
  if (!isObject(json)) return fail("the whole", "an object with version and files", json);
  if (json.version !== 1) fail("version", "1", json.version, "Use a newer Winnow, if the bundle is newer.");
  if (!isObject(json.files)) return fail("files", "an object of paths, sizes and hashes", json.files);
  const files = new Map<string, FileFacts>();
  for (const [path, facts] of Object.entries(json.files)) {
    checkBundlePath(path, where);
    const field = `files[${JSON.stringify(path)}]`;
    if (path === MANIFEST_FILE) fail(field, "another file than the manifest itself", path);
    if (!isObject(facts)) return fail(field, "an object with size and sha256", facts);
    const { size, sha256 } = facts;
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      return fail(`${field}.size`, "a number of bytes", size);
    }
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/i.test(sha256)) {
      return fail(`${field}.sha256`, "64 hexadecimal digits", sha256);
    }
    files.set(path, Object.freeze({ size, sha256: sha256.toLowerCase() }));
  }
  return Object.freeze({ version: 1, files, sha256 });
}
