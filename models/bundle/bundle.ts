/**
 * What a bundle is to the rest of Winnow: a model's files, wherever they are.
 *
 * @module
 */
import type { ClipTokenizer } from "../tokenizers/clip_tokenizer.ts";
import type { TokenizerName } from "./bundle_layout.ts";

/** How to read. */
export interface ReadOptions {
  /** Stops reading and downloading. */
  readonly signal?: AbortSignal;
}

/** A file beside a component's graph that can hold its weights (ONNX external data). */
export interface SideFile {
  /** Where it lies on disk: there once its component's `download` or `read` is done. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Its bytes, checked against the manifest if there is one. For files that fit in memory. */
  read(options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Checks its hash against the manifest, if there is one, without holding it in memory. */
  verify(options?: ReadOptions): Promise<void>;
}

/** One model of a bundle: a folder with `model.onnx`. */
export interface BundleComponent {
  /** `"unet"`, `"text_encoder"`, … */
  readonly name: string;
  /** The file path of `model.onnx` on disk (of a bundle from a URL: in the cache, once `download` or `read` is done). */
  readonly path: string;
  /** `config.json` of the folder, deep-frozen; empty where there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The files beside `model.onnx` that its weights can lie in, by their names. */
  readonly externalData: ReadonlyMap<string, SideFile>;
  /** Brings the component's files onto this disk; at once where they are. */
  download(options?: ReadOptions): Promise<void>;
  /**
   * The bytes of `model.onnx`, read anew at each call and not kept; checked against the manifest if there is one.
   * Downloads the component first, side files included.
   *
   * @throws {BundleError} The file is missing, truncated or damaged; the message names it, and what to do.
   */
  read(options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Does what `read` does and keeps nothing: downloads the component, side files included, and checks `model.onnx`
   * against the manifest, if there is one, piece by piece. After it `path` can be opened.
   *
   * @throws {BundleError} as `read`.
   */
  verify(options?: ReadOptions): Promise<void>;
}

/** A model's files: graphs, their configs, tokenizers, and how it is sampled. */
export interface Bundle {
  /** The folder or URL as it was given, for messages. */
  readonly source: string;
  /** `model_index.json`, deep-frozen. */
  readonly modelIndex: Readonly<Record<string, unknown>>;
  /** `scheduler/scheduler_config.json`, deep-frozen. */
  readonly schedulerConfig: Readonly<Record<string, unknown>>;
  /** The models that are there, by name. */
  readonly components: ReadonlyMap<string, BundleComponent>;
  /** SHA-256 of `manifest.json`, if there is one: it stands for the whole bundle. */
  readonly manifestSha256?: string;
  /**
   * The model of that name.
   *
   * @throws {BundleError} The bundle has not got it; the message names its folder and the layout.
   */
  component(name: string): BundleComponent;
  /** The tokenizer of that name; made once. */
  tokenizer(name: TokenizerName): Promise<ClipTokenizer>;
  /**
   * SHA-256 in hex of the models' files (graphs and side files), by their paths in the bundle: what the manifest
   * states, as that is what reading holds them to; without one, of those that are on this disk by now, each computed
   * once, when first asked for.
   */
  hashes(): Promise<Readonly<Record<string, string>>>;
}
