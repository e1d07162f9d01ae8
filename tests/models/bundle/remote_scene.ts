/** The sd15 fixture on a server that can misbehave, and a cache to open it into. */
import assert from "node:assert/strict";
import type { Bundle } from "../../../models/bundle/bundle.ts";
import { cacheEntry } from "../../../models/bundle/cache_folder.ts";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { openBundle, type OpenBundleOptions } from "../../../models/bundle/open_bundle.ts";
import { copyOfSd15, filesBelow, put, tempFolder, writeManifest } from "./bundle_folders.ts";
import { type BundleServer, type Misbehave, serveBundle } from "./bundle_server.ts";

export interface Scene extends AsyncDisposable {
  /** The folder that is served. */
  folder: string;
  server: BundleServer;
  /** SHA-256 of its manifest. */
  pin: string;
  cacheDir: string;
  /** The bundle's folder in the cache. */
  entry: string;
  open(options?: OpenBundleOptions): Promise<Bundle>;
}

/** The sd15 fixture on a server, and an empty cache. */
export async function scene(misbehave?: Misbehave, manifest = true): Promise<Scene> {
  const stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await copyOfSd15());
  await put(folder, "unet/weights.pb", "some weights");
  await put(folder, "README.md", "not needed");
  const pin = manifest ? await writeManifest(folder) : "";
  const { path: cacheDir } = stack.use(await tempFolder());
  const server = stack.use(serveBundle(folder, misbehave));
  return {
    folder,
    server,
    pin,
    cacheDir,
    entry: await cacheEntry(cacheDir, new URL(server.url)),
    open: (options) => openBundle(server.url, { cacheDir, retryDelayMs: 1, attempts: 3, ...options }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Reads every file of a bundle, and holds the graphs to the hashes that it gives. */
export async function readAll(bundle: Bundle): Promise<void> {
  for (const component of bundle.components.values()) {
    assert.equal(
      await sha256Hex(await component.read()),
      (await bundle.hashes())[`${component.name}/model.onnx`],
    );
  }
  await bundle.tokenizer("tokenizer");
}

/** The paths that were asked for with GET, sorted. */
export const gets = (log: readonly string[]) =>
  log.filter((line) => line.startsWith("GET ")).map((line) => line.slice(4)).sort();
/** The files of a cache entry but its own book-keeping. */
export const receiptless = async (folder: string) =>
  (await filesBelow(folder)).filter((path) => !path.startsWith(".receipts/"));

/** What opening alone asks for. */
export const SMALL = [
  "manifest.json",
  "model_index.json",
  "scheduler/scheduler_config.json",
  "text_encoder/config.json",
  "unet/config.json",
  "vae_decoder/config.json",
  "vae_encoder/config.json",
];
