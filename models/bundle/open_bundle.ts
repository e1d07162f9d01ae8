/**
 * Opens a bundle, wherever it is.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { ClipTokenizer } from "../tokenizers/clip_tokenizer.ts";
import type { Bundle, BundleComponent, ReadOptions } from "./bundle.ts";
import { createComponent } from "./bundle_component.ts";
import type { BundleFiles } from "./bundle_files.ts";
import {
  COMPONENT_NAMES,
  EXPORT_REMEDY,
  LAYOUT,
  MODEL_FILE,
  MODEL_INDEX_FILE,
  SCHEDULER_FILE,
  type TokenizerName,
} from "./bundle_layout.ts";
import { readBundleTokenizer } from "./bundle_tokenizer.ts";
import { sha256OfFile } from "./file_digest.ts";
import { readJsonObject } from "./json_file.ts";
import { openBundleFiles, type OpenBundleOptions } from "./open_files.ts";
import { sideBySide } from "./side_by_side.ts";
import { sizeOnDisk } from "./verified_read.ts";

export type { OpenBundleOptions };

async function readRequired(files: BundleFiles, path: string, options: ReadOptions) {
  const json = await readJsonObject(files, path, options);
  if (json) return json;
  throw new BundleError({
    doing: "open the bundle",
    what: files.show(path),
    rule: "there",
    got: "no such file",
    remedy: `The layout is: ${LAYOUT}. ${EXPORT_REMEDY}`,
  });
}

/** Hashes of the models' files that are known or can be told: where nothing lists them, those on this disk. */
async function hashFiles(
  files: BundleFiles,
  components: ReadonlyMap<string, BundleComponent>,
  hashOnDisk: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const hashes: Record<string, string> = {};
  for (const { name, externalData } of components.values()) {
    for (const file of [MODEL_FILE, ...externalData.keys()].map((file) => `${name}/${file}`)) {
      const facts = await files.facts(file);
      if (facts) hashes[file] = facts.sha256;
      else if (await sizeOnDisk(files.locate(file)) !== undefined) {
        hashes[file] = await hashOnDisk(files.locate(file));
      }
    }
  }
  return Object.freeze(hashes);
}

/** Runs `make` once for each key; a failure is not kept. */
function once<K, V>(make: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const made = new Map<K, Promise<V>>();
  return (key) => {
    let promise = made.get(key);
    if (!promise) {
      made.set(key, promise = make(key));
      promise.catch(() => made.delete(key));
    }
    return promise;
  };
}

/**
 * Opens a bundle: a local folder, a `file:` URL or an `http(s):` URL, in the layout of optimum's ONNX exports.
 *
 * Opening reads the small files only. Where there is a `manifest.json` it is enforced: sizes at once (of a folder),
 * hashes when a file is read. Of a URL, a model's files are downloaded when it is first read.
 *
 * @throws {BundleError} Something is missing, damaged or unreachable; the message names it, and what to do.
 */
export async function openBundle(source: string | URL, options: OpenBundleOptions = {}): Promise<Bundle> {
  options.signal?.throwIfAborted();
  const files = await openBundleFiles(source, options);
  // First of all, so that a folder or address which is no bundle is told by the file that marks one.
  const modelIndex = await readRequired(files, MODEL_INDEX_FILE, options);
  const [schedulerConfig, ...found] = await sideBySide([
    (signal) => readRequired(files, SCHEDULER_FILE, { signal }),
    ...COMPONENT_NAMES.map((name) => (signal: AbortSignal) =>
      createComponent(files, name, options, { signal })
    ),
  ], options.signal);
  const components = new Map(found.filter((component) => component !== undefined).map((c) => [c.name, c]));

  function component(name: string): BundleComponent {
    const component = components.get(name);
    if (component) return component;
    throw new BundleError({
      doing: "open the bundle",
      what: files.show(`${name}/model.onnx`),
      rule: "there",
      got: components.size ? `only ${[...components.keys()].join(", ")}` : "no model at all",
      remedy: `The layout is: ${LAYOUT}. ${EXPORT_REMEDY}`,
    });
  }

  const tokenizer = once((name: TokenizerName): Promise<ClipTokenizer> => {
    const encoder = components.get(name === "tokenizer_2" ? "text_encoder_2" : "text_encoder");
    const positions = encoder?.config.max_position_embeddings;
    return readBundleTokenizer(files, name, typeof positions === "number" ? positions : undefined, options);
  });
  const hashOnDisk = once((path: string) => sha256OfFile(path));

  return Object.freeze({
    source: String(source),
    modelIndex,
    schedulerConfig,
    components,
    manifestSha256: files.manifest?.sha256,
    component,
    tokenizer,
    hashes: () => hashFiles(files, components, hashOnDisk),
  });
}
