/**
 * One file from a server to this disk: whole and right, or not at all.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { MANIFEST_FILE } from "./bundle_layout.ts";
import type { FileFacts } from "./bundle_manifest.ts";
import { PartFile } from "./part_file.ts";
import {
  DEFAULT_STALL_MS,
  readBody,
  sendRequest,
  stallSignal,
  TransferFault,
  type TransferOptions,
  withRetries,
} from "./transfer.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** The file's path in the bundle. */
  readonly file: string;
  readonly receivedBytes: number;
  /** Absent where neither the manifest nor the server says it. */
  readonly totalBytes?: number;
}

/** What to download. */
export interface DownloadRequest extends TransferOptions {
  readonly url: URL;
  /** The path on disk. */
  readonly target: string;
  /** What the file must be. */
  readonly expected?: Partial<FileFacts>;
  /** Who expects it, for messages. */
  readonly expectedBy?: string;
  /** What is already there: the server is asked for the file only if it has changed. */
  readonly cached?: DownloadReceipt;
  /** Called with the bytes received and, if known, the bytes in all. */
  readonly onBytes?: (received: number, total?: number) => void;
}

/** What was downloaded, and how its server names this version of it. */
export interface DownloadReceipt extends FileFacts {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** How it ended. */
export type DownloadResult =
  | { readonly kind: "saved"; readonly receipt: DownloadReceipt }
  | { readonly kind: "unchanged" }
  | { readonly kind: "absent"; readonly answer: string };

/** Not there, or (as servers of objects say where listing is forbidden) cannot be told to be. */
const ABSENT: ReadonlySet<number> = new Set([403, 404, 410]);
/** Without a name of the version, a file above this size is taken as unchanged if its length is. */
const TRUSTED_BY_LENGTH = 1 << 20;
const OTHER_VERSION = "Its server has another version: ask who keeps it.";

/** An unexpected answer for good. */
export function refused(url: URL, rule: string, got: string, remedy?: string): BundleError {
  return new BundleError({ doing: "download the bundle", what: url.href, rule, got, remedy });
}

/** Whether the answer is a web page, which servers send in place of a missing file, some of them with 200. */
const isWebPage = (response: Response) =>
  response.headers.get("content-type")?.startsWith("text/html") ?? false;

/** Whether an answer says that there is no such file. */
export function isAbsent(response: Response): boolean {
  return ABSENT.has(response.status) || response.ok && isWebPage(response);
}

/** An answer in a few words. */
export function answerOf(response: Response): string {
  if (response.ok && isWebPage(response)) return "a web page (text/html)";
  return `${response.status} ${response.statusText}`.trim();
}

/** The length of the file that an answer carries, or would carry. */
export function lengthOf(response: Response): number | undefined {
  const text = response.headers.get("content-length");
  return text === null || response.headers.has("content-encoding") ? undefined : Number(text);
}

/** Throws for an answer that is no file; tells of one that need not be read. */
function judge(
  response: Response,
  { url, cached }: DownloadRequest,
  ranged: boolean,
): DownloadResult | undefined {
  const { status } = response;
  if (status === 304 && cached) return { kind: "unchanged" };
  if (isAbsent(response)) return { kind: "absent", answer: answerOf(response) };
  if (status !== 200 && !(ranged && status === 206)) {
    throw refused(url, "there, answered with 200", answerOf(response));
  }
  const named = response.headers.has("etag") || response.headers.has("last-modified");
  const length = lengthOf(response);
  if (cached && !named && length === cached.size && length > TRUSTED_BY_LENGTH) return { kind: "unchanged" };
}

/**
 * Downloads a file: into a unique `.part` beside the target, resumed where a connection drops, and renamed once its
 * length and hash are right. At any time the target is absent, or an old or new version, whole.
 *
 * @throws {BundleError} The server cannot be reached or refuses, or what it sends is not what is expected.
 */
export async function downloadFile(request: DownloadRequest): Promise<DownloadResult> {
  const { url, expected = {}, expectedBy = MANIFEST_FILE, cached, signal } = request;
  await using parts = new AsyncDisposableStack();
  let part: PartFile | undefined;
  /** The server's name for the version of which `part` holds the beginning; undefined: it cannot be resumed. */
  let version: string | undefined;

  function conditions(): Record<string, string> {
    if (part && part.size > 0 && version) return { range: `bytes=${part.size}-`, "if-range": version };
    if (cached?.etag) return { "if-none-match": cached.etag };
    if (cached?.lastModified) return { "if-modified-since": cached.lastModified };
    return {};
  }

  /** The part to append the answer's body to: what is there of it, if the server goes on from its end. */
  async function partFor(response: Response): Promise<PartFile> {
    if (!part) return part = parts.use(await PartFile.create(request.target));
    const goesOn = response.status === 206 &&
      response.headers.get("content-range")?.startsWith(`bytes ${part.size}-`);
    if (!goesOn) await part.restart();
    if (response.status === 206 && !goesOn) {
      version = undefined;
      throw new TransferFault("the server sent another range than it was asked for");
    }
    return part;
  }

  async function attempt(): Promise<DownloadResult> {
    using stall = stallSignal(request.stallMs ?? DEFAULT_STALL_MS, signal);
    const headers = conditions();
    const response = await sendRequest(url, { headers, signal: stall.signal });
    try {
      const verdict = judge(response, request, "range" in headers);
      if (verdict) return verdict;
      part = await partFor(response);
      const resumed = part.size > 0;
      const length = lengthOf(response);
      const total = length === undefined ? expected.size : part.size + length;
      const otherSize = (found: string) =>
        refused(url, `of ${expected.size} bytes, as ${expectedBy} says`, found, OTHER_VERSION);
      if (expected.size !== undefined && total !== expected.size) throw otherSize(`${total} bytes`);
      const etag = response.headers.get("etag") ?? undefined;
      const lastModified = response.headers.get("last-modified") ?? undefined;
      version = etag ?? lastModified;
      for await (const bytes of readBody(response, signal)) {
        stall.beat();
        await part.write(bytes);
        if (expected.size !== undefined && part.size > expected.size) throw otherSize(`${part.size} or more`);
        request.onBytes?.(part.size, total);
      }
      if (total !== undefined && part.size !== total) {
        throw new TransferFault(`the connection ended after ${part.size} of ${total} bytes`);
      }
      const sha256 = part.hash();
      if (expected.sha256 !== undefined && sha256 !== expected.sha256) {
        version = undefined;
        if (resumed) throw new TransferFault("the rest of the file does not fit its beginning");
        throw refused(
          url,
          `the file of SHA-256 ${expected.sha256}, as ${expectedBy} says`,
          sha256,
          OTHER_VERSION,
        );
      }
      await part.commit();
      return { kind: "saved", receipt: { size: part.size, sha256, etag, lastModified } };
    } finally {
      await response.body?.cancel().catch(() => {}); // rejects where it was read
    }
  }

  return await withRetries(url, request, attempt);
}
