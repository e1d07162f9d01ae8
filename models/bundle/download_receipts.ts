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

/** What the place said of a file when it was last asked: what it sent, or that it has none. */
export type PlaceAnswer = { readonly kind: "saved"; readonly receipt: DownloadReceipt } | {
  readonly kind: "absent";
};

/** The last answer about a file that lies whole at `file`, or is absent; undefined where that is not known. */
export async function readAnswer(receiptPath: string, file: string): Promise<PlaceAnswer | undefined> {
  let receipt: Partial<DownloadReceipt> & { absent?: unknown };
  try {
    receipt = JSON.parse(await Deno.readTextFile(receiptPath)) ?? {};
  } catch {
    return undefined; // the file is then downloaded again, which writes it anew
  }
  if (receipt.absent === true) return { kind: "absent" };
  const { size, sha256, etag, lastModified } = receipt;
  if (typeof size !== "number" || typeof sha256 !== "string" || !isText(etag) || !isText(lastModified)) {
    return undefined;
  }
  if (await sizeOnDisk(file) !== size) return undefined;
  return { kind: "saved", receipt: { size, sha256, etag, lastModified } };
}

/** Keeps an answer, at once or not at all. */
export async function writeAnswer(receiptPath: string, answer: PlaceAnswer): Promise<void> {
  const part = `${receiptPath}.${crypto.randomUUID()}.part`;
  await Deno.mkdir(dirname(receiptPath), { recursive: true });
  await Deno.writeTextFile(
    part,
    JSON.stringify(answer.kind === "absent" ? { absent: true } : answer.receipt),
  );
  await Deno.rename(part, receiptPath);
}
