/**
 * Where a bundle at a URL comes from, and where its files go to.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { ReadOptions } from "./bundle.ts";
import { diskPath, fileUrl } from "./bundle_path.ts";
import type { DownloadRequest } from "./download_file.ts";
import type { TransferOptions } from "./transfer.ts";
import type { FileWords } from "./verified_read.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** The file's path in the bundle. */
  readonly file: string;
  readonly receivedBytes: number;
  /** Absent where neither the manifest nor the server says it. */
  readonly totalBytes?: number;
}

/** A bundle at a URL and its folder in the cache. */
export interface RemotePlace extends TransferOptions {
  readonly base: URL;
  /** The folder of its files in the cache. */
  readonly entry: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** The request for one file of a place. */
export function requestFor(place: RemotePlace, path: string, { signal }: ReadOptions = {}): DownloadRequest {
  const { onProgress, attempts, retryDelayMs, stallMs } = place;
  return {
    attempts,
    retryDelayMs,
    stallMs,
    signal,
    url: fileUrl(place.base, path),
    target: diskPath(place.entry, path),
    onBytes: (receivedBytes, totalBytes) => onProgress?.({ file: path, receivedBytes, totalBytes }),
  };
}

/** A downloaded file, for messages. */
export function downloadedWords(place: RemotePlace, path: string, expectedBy: string): FileWords {
  return {
    shown: `${diskPath(place.entry, path)} (from ${fileUrl(place.base, path).href})`,
    expectedBy,
    remedy: "Remove it, and it is downloaded again.",
  };
}

/** Does something with a file in the cache; if the file is not as it must be, once more with a fresh copy of it. */
export async function withFreshCopy<T>(
  act: () => Promise<T | undefined>,
  refresh: () => Promise<unknown>,
): Promise<T> {
  try {
    const result = await act();
    if (result !== undefined) return result;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
  }
  await refresh();
  return (await act())!;
}
