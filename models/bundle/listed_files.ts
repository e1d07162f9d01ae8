/**
 * Remote files that a manifest lists: what is in the cache is used if it is right, else downloaded.
 *
 * @module
 */
import type { ReadOptions } from "./bundle.ts";
import type { BundleFiles } from "./bundle_files.ts";
import { isSideFile, MANIFEST_FILE, MODEL_FILE } from "./bundle_layout.ts";
import type { Manifest } from "./bundle_manifest.ts";
import { diskPath, fileUrl } from "./bundle_path.ts";
import { downloadFile, refused } from "./download_file.ts";
import { downloadedWords, type RemotePlace, requestFor, withFreshCopy } from "./remote_place.ts";
import { readVerified, sizeOnDisk, verifyOnDisk } from "./verified_read.ts";

/** The files of a manifest at a place. None is asked for before it is needed. */
export function listedFiles(place: RemotePlace, manifest: Manifest): BundleFiles {
  const locate = (path: string) => diskPath(place.entry, path);
  const words = (path: string) => downloadedWords(place, path, MANIFEST_FILE);

  async function download(path: string, options?: ReadOptions): Promise<void> {
    const request = { ...requestFor(place, path, options), expected: manifest.files.get(path) };
    const result = await downloadFile(request);
    if (result.kind === "absent") {
      throw refused(request.url, `there, as ${MANIFEST_FILE} says`, result.answer);
    }
  }

  async function ensure(path: string, options?: ReadOptions): Promise<boolean> {
    const facts = manifest.files.get(path);
    if (facts && await sizeOnDisk(locate(path)) !== facts.size) await download(path, options);
    return facts !== undefined;
  }

  return {
    manifest,
    show: (path) => fileUrl(place.base, path).href,
    locate,
    findComponent(name) {
      const found = (path: string) => ({ path, size: manifest.files.get(path)!.size });
      const model = `${name}/${MODEL_FILE}`;
      if (!manifest.files.has(model)) return Promise.resolve(undefined);
      const sideFiles = [...manifest.files.keys()].filter((path) => {
        const [folder, file, ...deeper] = path.split("/");
        return folder === name && file !== undefined && deeper.length === 0 && isSideFile(file);
      });
      return Promise.resolve({ model: found(model), sideFiles: sideFiles.map(found) });
    },
    ensure,
    facts: (path) => Promise.resolve(manifest.files.get(path)),
    async read(path, options) {
      if (!await ensure(path, options)) return undefined;
      const act = () => readVerified(locate(path), manifest.files.get(path), words(path), options);
      return await withFreshCopy(act, () => download(path, options));
    },
    async verify(path, options) {
      if (!await ensure(path, options)) return;
      const act = async () => {
        await verifyOnDisk(locate(path), manifest.files.get(path), words(path), options);
        return true;
      };
      await withFreshCopy(act, () => download(path, options));
    },
  };
}
