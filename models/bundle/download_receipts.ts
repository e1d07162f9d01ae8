/**
 * What is known of files that were downloaded from a place without a manifest: kept beside them in the cache, so that
 * they can be checked when they are read, and asked for again only if they have changed.
 *
 * @module
 */
import { dirname } from "npm:deno-std@1.4.0/path/dirname.js";
import type { DownloadReceipt } from "./download_file.ts";
import { sizeOnDisk } from "./verified_read.ts";

const isText = (value: unknown) => value === undefined || typeof value === "string";

/** The receipt of a file which lies whole at `file`; undefined where either is missing or broken. */
export async function readReceipt(receiptPath: string, file: string): Promise<DownloadReceipt | undefined> {
  let receipt: Partial<DownloadReceipt>;
  try {
    receipt = JSON.parse(await Deno.readTextFile(receiptPath)) ?? {};
  } catch {
    return undefined; // the file is then downloaded again, which writes it anew
  }
  const { size, sha256, etag, lastModified } = receipt;
  if (typeof size !== "number" || typeof sha256 !== "string" || !isText(etag) || !isText(lastModified)) {
    return undefined;
  }
  return await sizeOnDisk(file) === size ? { size, sha256, etag, lastModified } : undefined;
}

/** Writes a receipt, at once or not at all. */
export async function writeReceipt(receiptPath: string, receipt: DownloadReceipt): Promise<void> {
  const part = `${receiptPath}.${crypto.randomUUID()}.part`;
  await Deno.mkdir(dirname(receiptPath), { recursive: true });
  await Deno.writeTextFile(part, JSON.stringify(receipt));
  await Deno.rename(part, receiptPath);
}
