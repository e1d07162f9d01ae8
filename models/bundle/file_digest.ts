/**
 * SHA-256, of bytes in memory and of files larger than memory.
 *
 * @module
 */

/** SHA-256 of bytes as lower-case hex; runs beside the caller's thread. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A SHA-256 that is fed piece by piece. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  hex(): string;
}

/** Starts a digest. `node:crypto` since WebCrypto takes whole messages only; loaded when needed, it takes 10 ms. */
export async function startDigest(): Promise<RunningDigest> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

/** SHA-256 of a file as lower-case hex, read in pieces. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const digest = await startDigest();
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await file.read(buffer)) !== null;) {
    signal?.throwIfAborted();
    digest.update(buffer.subarray(0, count));
  }
  return digest.hex();
}
