/**
 * Remote files of a bundle without a manifest: the known layout is asked for. The server says whether what is in the
 * cache has changed; where it cannot be reached, the cache is used as it is.
 *
 * @module
 */
import type { ReadOptions } from "./bundle.ts";
import type { BundleFiles, FoundFile } from "./bundle_files.ts";
import { MODEL_FILE, SIDE_FILE_NAMES } from "./bundle_layout.ts";
import { diskPath, fileUrl } from "./bundle_path.ts";
import {
  answerOf,
  downloadFile,
  type DownloadReceipt,
  isAbsent,
  lengthOf,
  refused,
} from "./download_file.ts";
import { readAnswer, writeAnswer } from "./download_receipts.ts";
import { downloadedWords, type RemotePlace, requestFor, withFreshCopy } from "./remote_place.ts";
import { sideBySide } from "./side_by_side.ts";
import { sendRequest, TransferError, withRetries } from "./transfer.ts";
import { readVerified, sizeOnDisk, verifyOnDisk } from "./verified_read.ts";

/** The folder of receipts in a bundle's folder of the cache. */
const RECEIPTS = ".receipts";
/** What servers say which know no HEAD. */
const NO_HEAD: ReadonlySet<number> = new Set([400, 405, 501]);

/** The files at a place. Each is asked for when it is first needed, and once. */
export function unlistedFiles(place: RemotePlace): BundleFiles {
  const asked = new Map<string, Promise<boolean>>();
  const locate = (path: string) => diskPath(place.entry, path);
  const words = (path: string) => downloadedWords(place, path, "the record of its download");
  const receiptPath = (path: string) => locate(`${RECEIPTS}/${path}.json`);
  const lastAnswer = (path: string) => readAnswer(receiptPath(path), locate(path));
  async function receipt(path: string): Promise<DownloadReceipt | undefined> {
    const last = await lastAnswer(path);
    return last?.kind === "saved" ? last.receipt : undefined;
  }

  async function refresh(path: string, options?: ReadOptions, trustCache = true): Promise<boolean> {
    const last = trustCache ? await lastAnswer(path) : undefined;
    const cached = last?.kind === "saved" ? last.receipt : undefined;
    const request = requestFor(place, path, options);
    try {
      const result = await downloadFile({ ...request, cached, attempts: last ? 1 : request.attempts });
      if (result.kind !== "unchanged") await writeAnswer(receiptPath(path), result);
      return result.kind !== "absent";
    } catch (error) {
      if (last && error instanceof TransferError) return last.kind === "saved";
      throw error;
    }
  }

  function ensure(path: string, options?: ReadOptions): Promise<boolean> {
    let answer = asked.get(path);
    if (!answer) {
      asked.set(path, answer = refresh(path, options));
      answer.catch(() => asked.delete(path));
    }
    return answer;
  }

  /** Whether the file is there, by its head alone, and how long it is. */
  async function probe(path: string, options?: ReadOptions): Promise<FoundFile | undefined> {
    const url = fileUrl(place.base, path);
    const signal = options?.signal;
    const last = await lastAnswer(path);
    try {
      return await withRetries(url, { ...place, signal, attempts: last ? 1 : place.attempts }, async () => {
        let response = await sendRequest(url, { method: "HEAD", signal });
        if (NO_HEAD.has(response.status)) response = await sendRequest(url, { signal });
        await response.body?.cancel();
        if (isAbsent(response)) {
          if (last?.kind !== "absent") await writeAnswer(receiptPath(path), { kind: "absent" });
          return undefined;
        }
        if (!response.ok) throw refused(url, "there, answered with 200", answerOf(response));
        return { path, size: lengthOf(response) ?? await sizeOnce(path, options) };
      });
    } catch (error) {
      if (!last || !(error instanceof TransferError)) throw error;
      return last.kind === "saved" ? { path, size: last.receipt.size } : undefined;
    }
  }

  /** The size of a file whose server does not say it: known when it is here. */
  async function sizeOnce(path: string, options?: ReadOptions): Promise<number> {
    await ensure(path, options);
    return await sizeOnDisk(locate(path)) ?? 0;
  }

  return {
    show: (path) => fileUrl(place.base, path).href,
    locate,
    async findComponent(name, options) {
      const model = await probe(`${name}/${MODEL_FILE}`, options);
      if (!model) return undefined;
      const probing = (side: string) => (signal: AbortSignal) => probe(`${name}/${side}`, { signal });
      const sideFiles = await sideBySide(SIDE_FILE_NAMES.map(probing), options?.signal);
      return { model, sideFiles: sideFiles.filter((file) => file !== undefined) };
    },
    ensure,
    facts: receipt,
    async read(path, options) {
      if (!await ensure(path, options)) return undefined;
      const act = async () => await readVerified(locate(path), await receipt(path), words(path), options);
      return await withFreshCopy(act, () => refresh(path, options, false));
    },
    async verify(path, options) {
      if (!await ensure(path, options)) return;
      const act = async () => {
        await verifyOnDisk(locate(path), await receipt(path), words(path), options);
        return true;
      };
      await withFreshCopy(act, () => refresh(path, options, false));
    },
  };
}
