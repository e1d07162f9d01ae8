/**
 * A file that gets its name only when it is complete.
 *
 * @module
 */
import { basename } from "npm:deno-std@1.4.0/path/basename.js";
import { dirname } from "npm:deno-std@1.4.0/path/dirname.js";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { BundleError } from "../../errors.ts";
import { type RunningDigest, startDigest } from "./file_digest.ts";

/** Nobody downloads one file for longer: what is older was left by a process that was killed. */
const ABANDONED_MS = 24 * 3600 * 1000;

function unwritable(path: string, cause: unknown): BundleError {
  return new BundleError({
    doing: "download the bundle",
    what: path,
    rule: "a file that can be written",
    got: cause,
    remedy: "Free space, or set WINNOW_CACHE to a folder that can be written (Deno needs --allow-write).",
  }, { cause });
}

async function removeAbandoned(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(".part")) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path);
    if (mtime && Date.now() - mtime.getTime() > ABANDONED_MS) await Deno.remove(path);
  }
}

/** A uniquely named `.part` file beside its target, with the SHA-256 of what was written. Disposed, it is gone. */
export class PartFile implements AsyncDisposable {
  readonly #path: string;
  readonly #target: string;
  readonly #file: Deno.FsFile;
  #digest: RunningDigest;
  #size = 0;
  #open = true;

  private constructor(path: string, target: string, file: Deno.FsFile, digest: RunningDigest) {
    this.#path = path;
    this.#target = target;
    this.#file = file;
    this.#digest = digest;
  }

  /** Creates the part of a target, and the target's folder. @throws {BundleError} It cannot be written. */
  static async create(target: string): Promise<PartFile> {
    const path = `${target}.${crypto.randomUUID()}.part`;
    try {
      await Deno.mkdir(dirname(target), { recursive: true });
      await removeAbandoned(target).catch(() => {}); // another process may have been faster
      const file = await Deno.open(path, { write: true, createNew: true });
      return new PartFile(path, target, file, await startDigest());
    } catch (cause) {
      throw unwritable(target, cause);
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#digest.update(bytes);
    this.#size += bytes.length;
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#file.write(rest));
    } catch (cause) {
      throw unwritable(this.#target, cause);
    }
  }

  /** Starts over. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#digest = await startDigest();
    this.#size = 0;
  }

  /** SHA-256 of all that was written; nothing can be written after. */
  hash(): string {
    return this.#digest.hex();
  }

  /** Gives the file its name, replacing what was there. */
  async commit(): Promise<void> {
    try {
      await this.#file.syncData();
      this.#close();
      await Deno.rename(this.#path, this.#target);
    } catch (cause) {
      throw unwritable(this.#target, cause);
    }
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await Deno.remove(this.#path).catch(() => {}); // it has its name by now, or the folder is gone
  }
}
