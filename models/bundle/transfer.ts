/**
 * HTTP requests that survive a bad connection: what is worth another try, how often, and what the failure says.
 *
 * @module
 */
import { retry, RetryError } from "npm:deno-std@1.4.0/async/retry.js";
import { BundleError } from "../../errors.ts";

/** How many times a request is tried in all. */
export const DEFAULT_ATTEMPTS = 5;
/** The longest wait before the second try; it doubles with each, and the real wait is drawn below it. */
export const DEFAULT_RETRY_DELAY_MS = 500;
/** How long a server may be silent before the connection counts as dropped. */
export const DEFAULT_STALL_MS = 60_000;

const LONGEST_DELAY_MS = 30_000;

/** How requests are repeated. */
export interface TransferOptions {
  /** How many times a request is tried in all: network faults and statuses 5xx are tried again, 4xx are not. @default {5} */
  readonly attempts?: number;
  /** The longest wait before the second try, in milliseconds; it doubles with each further one. @default {500} */
  readonly retryDelayMs?: number;
  /** How long a server may be silent, in milliseconds, before the connection counts as dropped. @default {60000} */
  readonly stallMs?: number;
  /** Stops at once, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

/** Something that may go better the next time. */
export class TransferFault extends Error {
  override readonly name = "TransferFault";
}

/** What lies at the bottom of a failed fetch: its own message, "fetch failed", helps nobody. */
function reasonOf(error: unknown): string {
  let bottom = error;
  while (bottom instanceof Error && bottom.cause instanceof Error) bottom = bottom.cause;
  const message = bottom instanceof Error ? bottom.message : String(bottom);
  return message.replace(/^error sending request for url \S+: /, "");
}

/**
 * One request. Redirects are followed; the answer can have any status but 5xx.
 *
 * @throws {TransferFault} The server cannot be reached, or answers with 5xx (501 aside, which is for good).
 */
export async function sendRequest(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    // Compressed answers would make lengths and ranges meaningless.
    response = await fetch(url, { ...init, headers: { "accept-encoding": "identity", ...init.headers } });
  } catch (cause) {
    init.signal?.throwIfAborted();
    if (cause instanceof Deno.errors.NotCapable) {
      const remedy = `Run with --allow-net=${url.host}.`;
      throw new BundleError({
        doing: "download the bundle",
        what: url.href,
        rule: "allowed",
        got: cause,
        remedy,
      }, { cause });
    }
    throw new TransferFault(reasonOf(cause), { cause });
  }
  if (response.status < 500 || response.status === 501) return response;
  await response.body?.cancel();
  throw new TransferFault(`${response.status} ${response.statusText}`.trim());
}

/** The pieces of an answer's body. @throws {TransferFault} The connection was dropped. */
export async function* readBody(
  response: Response,
  signal?: AbortSignal,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  if (!response.body) return;
  const reader = response.body.getReader();
  try {
    while (true) {
      let piece;
      try {
        piece = await reader.read();
      } catch (cause) {
        signal?.throwIfAborted();
        throw new TransferFault(reasonOf(cause), { cause });
      }
      if (piece.done) return;
      yield piece.value;
    }
  } finally {
    // After an error in the loop above or in the consumer, the connection must not stay open.
    await reader.cancel().catch(() => {});
  }
}

/** A signal that fires when `beat` has not been called for `ms`, or when `outer` does. */
export function stallSignal(
  ms: number,
  outer?: AbortSignal,
): Disposable & { signal: AbortSignal; beat(): void } {
  const controller = new AbortController();
  const stalled = () => controller.abort(new TransferFault(`nothing received for ${ms / 1000} s`));
  let timer = setTimeout(stalled, ms);
  return {
    signal: outer ? AbortSignal.any([outer, controller.signal]) : controller.signal,
    beat() {
      clearTimeout(timer);
      timer = setTimeout(stalled, ms);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/**
 * Runs `attempt` until it does not fail with a {@linkcode TransferFault}, as often as the options allow.
 *
 * @throws {TransferError} All attempts failed.
 */
export async function withRetries<T>(
  url: URL,
  options: TransferOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  const { attempts = DEFAULT_ATTEMPTS, retryDelayMs = DEFAULT_RETRY_DELAY_MS, signal } = options;
  try {
    return await retry(attempt, {
      maxAttempts: attempts,
      minTimeout: Math.min(retryDelayMs, LONGEST_DELAY_MS),
      maxTimeout: LONGEST_DELAY_MS,
      isRetriable: (error: unknown) => error instanceof TransferFault,
      signal,
    });
  } catch (error) {
    if (error instanceof RetryError) {
      throw new TransferError(url, (error as Error).cause as TransferFault, attempts);
    }
    throw error;
  }
}

/** All attempts at a request failed for reasons of the network or the server. */
export class TransferError extends BundleError {
  constructor(url: URL, cause: TransferFault, attempts: number) {
    super({
      doing: "download the bundle",
      what: url.href,
      rule: "reachable",
      got: `${cause.message} (${attempts === 1 ? "1 attempt" : `${attempts} attempts`})`,
      remedy: "Check the address and the connection, and try again: files that are complete are kept.",
    }, { cause });
  }
}
