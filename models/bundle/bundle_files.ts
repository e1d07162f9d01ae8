/**
 * A bundle's files as such, whether they lie in a folder or come from a URL.
 *
 * @module
 */
import type { ReadOptions } from "./bundle.ts";
import type { FileFacts, Manifest } from "./bundle_manifest.ts";

/** A file that is there. */
export interface FoundFile {
  /** Below the bundle's root, with forward slashes. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Where a bundle's files come from. Paths are inside the bundle; {@linkcode BundleFiles.locate} says where on disk. */
export interface BundleFiles {
  readonly manifest?: Manifest;
  /** How messages call a file: its path on disk, or its URL. */
  show(path: string): string;
  /** Where the file lies on disk, or will when it was downloaded. */
  locate(path: string): string;
  /** A component's graph and the files that may be its side files; undefined where there is no graph. */
  findComponent(
    name: string,
    options?: ReadOptions,
  ): Promise<{ model: FoundFile; sideFiles: readonly FoundFile[] } | undefined>;
  /** Brings a file onto this disk if it is not there. False: the bundle has not got it. */
  ensure(path: string, options?: ReadOptions): Promise<boolean>;
  /** What the file must be, if that is known: by the manifest, or by a record of its download. */
  facts(path: string): Promise<FileFacts | undefined>;
  /** A file's bytes, checked; undefined where the bundle has not got it. */
  read(path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Checks a file on disk whole, without holding it in memory. */
  verify(path: string, options?: ReadOptions): Promise<void>;
}
