/**
 * A bundle in a folder of this disk.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { BundleFiles, FoundFile } from "./bundle_files.ts";
import { EXPORT_REMEDY, isSideFile, LAYOUT, MANIFEST_FILE, MODEL_FILE } from "./bundle_layout.ts";
import { checkManifest, type Manifest } from "./bundle_manifest.ts";
import { diskPath } from "./bundle_path.ts";
import { sha256Hex } from "./file_digest.ts";
import { parseJsonFile } from "./json_file.ts";
import {
  checkSize,
  type FileWords,
  readVerified,
  sizeOnDisk,
  unreadable,
  verifyOnDisk,
} from "./verified_read.ts";

const REMEDY = "Copy the file again from where the bundle is from.";

async function checkIsFolder(root: string): Promise<void> {
  const words = { doing: "open the bundle", what: root, rule: `a folder with ${LAYOUT}` };
  let found: Deno.FileInfo;
  try {
    found = await Deno.stat(root);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw unreadable(root, cause);
    throw new BundleError({ ...words, got: "no such folder", remedy: EXPORT_REMEDY }, { cause });
  }
  if (!found.isDirectory) throw new BundleError({ ...words, got: "a file", remedy: EXPORT_REMEDY });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).filter(({ isDirectory }) => !isDirectory).map((
      { name },
    ) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw unreadable(folder, error);
  }
}

async function readManifest(root: string): Promise<Manifest | undefined> {
  const path = diskPath(root, MANIFEST_FILE);
  const bytes = await readVerified(path, undefined, { shown: path, expectedBy: path, remedy: REMEDY });
  return bytes && checkManifest(parseJsonFile(bytes, path), path, await sha256Hex(bytes));
}

/** Everything that the manifest lists must be there, and of its size; hashes are for when a file is read. */
async function checkSizes(
  root: string,
  manifest: Manifest,
  words: (path: string) => FileWords,
): Promise<void> {
  await Promise.all(Array.from(manifest.files, async ([path, facts]) => {
    const size = await sizeOnDisk(diskPath(root, path));
    if (size === undefined) {
      const { shown, remedy } = words(path);
      const rule = `there, with ${facts.size} bytes, as ${MANIFEST_FILE} says`;
      throw new BundleError({ doing: "open the bundle", what: shown, rule, got: "no such file", remedy });
    }
    checkSize(size, facts, words(path));
  }));
}

/**
 * Opens a folder: reads its manifest, if it has one, and checks the sizes of all that the manifest lists.
 *
 * @param root An absolute path.
 * @throws {BundleError} There is no such folder, or a file is not as the manifest says.
 */
export async function openFolder(root: string): Promise<BundleFiles> {
  await checkIsFolder(root);
  const manifest = await readManifest(root);
  const locate = (path: string) => diskPath(root, path);
  const words = (path: string): FileWords => ({
    shown: locate(path),
    expectedBy: MANIFEST_FILE,
    remedy: REMEDY,
  });
  if (manifest) await checkSizes(root, manifest, words);

  /** A file that the manifest does not know must not be used beside those that it does. */
  function checkListed(path: string): void {
    if (!manifest || manifest.files.has(path)) return;
    throw new BundleError({
      doing: "open the bundle",
      what: locate(path),
      rule: `listed in ${locate(MANIFEST_FILE)}`,
      remedy: "Remove the file, or write the manifest anew, or remove the manifest.",
    });
  }

  async function find(path: string): Promise<FoundFile | undefined> {
    const size = await sizeOnDisk(locate(path));
    if (size === undefined) return undefined;
    checkListed(path);
    return { path, size };
  }

  return {
    manifest,
    show: locate,
    locate,
    async findComponent(name) {
      const model = await find(`${name}/${MODEL_FILE}`);
      if (!model) return undefined;
      const names = (await namesIn(locate(name))).filter(isSideFile).sort();
      const found = await Promise.all(names.map((side) => find(`${name}/${side}`)));
      return { model, sideFiles: found.filter((file) => file !== undefined) };
    },
    ensure: async (path) => await find(path) !== undefined,
    facts: (path) => Promise.resolve(manifest?.files.get(path)),
    async read(path, options) {
      const bytes = await readVerified(locate(path), manifest?.files.get(path), words(path), options);
      if (bytes) checkListed(path);
      return bytes;
    },
    verify: (path, options) => verifyOnDisk(locate(path), manifest?.files.get(path), words(path), options),
  };
}
