/**
 * Files read from disk and held to what they must be.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { ReadOptions } from "./bundle.ts";
import type { FileFacts } from "./bundle_manifest.ts";
import { sha256Hex, sha256OfFile } from "./file_digest.ts";

/** A file as messages show it, who says what it must be ("the manifest"), and what can be done if it is not. */
export interface FileWords {
  readonly shown: string;
  readonly expectedBy: string;
  readonly remedy: string;
}

/** The size on disk; undefined where there is no such file. */
export async function sizeOnDisk(path: string): Promise<number | undefined> {
  try {
    const { size, isFile } = await Deno.stat(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw unreadable(path, error);
  }
}

/** The error for a file that is there but cannot be read. */
export function unreadable(shown: string, cause: unknown): BundleError {
  const denied = cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied;
  return new BundleError({
    doing: "read the bundle",
    what: shown,
    rule: "readable",
    got: cause,
    remedy: denied ? "Give Deno --allow-read, and yourself the right to read the file." : undefined,
  }, { cause });
}

/** @throws {BundleError} The size is not that of the facts. */
export function checkSize(found: number, facts: FileFacts, { shown, expectedBy, remedy }: FileWords): void {
  if (found === facts.size) return;
  throw new BundleError({
    doing: "read the bundle",
    what: shown,
    rule: `of ${facts.size} bytes, as ${expectedBy} says`,
    got: `${found} bytes${found < facts.size ? ": it is truncated" : ""}`,
    remedy,
  });
}

/** @throws {BundleError} The hash is not that of the facts. */
export function checkHash(found: string, facts: FileFacts, { shown, expectedBy, remedy }: FileWords): void {
  if (found === facts.sha256) return;
  throw new BundleError({
    doing: "read the bundle",
    what: shown,
    rule: `the file of SHA-256 ${facts.sha256}, as ${expectedBy} says`,
    got: `one of ${found}: it is damaged or another version`,
    remedy,
  });
}

/** Reads a file whole and checks it, if there are facts; undefined where there is no such file. */
export async function readVerified(
  path: string,
  facts: FileFacts | undefined,
  words: FileWords,
  { signal }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let bytes;
  try {
    bytes = await Deno.readFile(path, { signal });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    signal?.throwIfAborted();
    throw unreadable(words.shown, error);
  }
  if (facts) {
    checkSize(bytes.length, facts, words);
    checkHash(await sha256Hex(bytes), facts, words);
  }
  return bytes;
}

/** Checks a file on disk piece by piece, if there are facts. */
export async function verifyOnDisk(
  path: string,
  facts: FileFacts | undefined,
  words: FileWords,
  { signal }: ReadOptions = {},
): Promise<void> {
  const size = await sizeOnDisk(path);
  if (size === undefined) {
    throw new BundleError({
      doing: "read the bundle",
      what: words.shown,
      rule: "there",
      remedy: words.remedy,
    });
  }
  if (!facts) return;
  checkSize(size, facts, words);
  checkHash(await sha256OfFile(path, signal), facts, words);
}
