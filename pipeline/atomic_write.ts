/**
 * Files that are there whole or not at all: written under another name beside the target, then renamed.
 *
 * @module
 */

import { basename, dirname, join, relative, resolve, sep as SEPARATOR } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fault, ImageError } from "../errors.ts";

/** Options of {@linkcode writeAtomic}. */
export interface WriteAtomicOptions {
  /** Gives up, leaving the target as it was, when aborted. */
  readonly signal?: AbortSignal;
}

/** Any of the three "write" permission bits. */
const WRITE_BITS = 0o222;
const PERMISSION_BITS = 0o777;
const ELSEWHERE = "Choose another path.";

/**
 * Writes a file so that nobody ever sees half of it: on error and on abort the target is as it was and no other
 * file is left behind. Creates the folders above it, writes through a symbolic link, keeps the permissions of the
 * file it replaces. (It does not flush the disk's own cache: it guards against failures of programs, not of power.)
 *
 * @param path Where to write; a relative path starts at the working directory.
 * @throws {ImageError} If the file cannot be written: the folder is not writable, the path is a folder or a
 *   device, the file there is read-only, the disk is full.
 */
export async function writeAtomic(
  path: string | URL,
  bytes: Uint8Array,
  options?: WriteAtomicOptions,
): Promise<void> {
  const { signal } = options ?? {};
  signal?.throwIfAborted();
  const { target, mode } = await inspectTarget(path);
  const temporary = temporaryBeside(target);
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(temporary, bytes, { createNew: true, signal });
    if (mode !== null) await Deno.chmod(temporary, mode);
    signal?.throwIfAborted();
    await Deno.rename(temporary, target);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {}); // most often it was never made
    signal?.throwIfAborted();
    throw refusal(target, cause);
  }
}

/**
 * Tries whether {@linkcode writeAtomic} could write there, before much work is spent on what to write. Creates no
 * folder and leaves nothing behind.
 *
 * @throws {ImageError} As `writeAtomic` would.
 */
export async function checkWritable(path: string | URL): Promise<void> {
  const { target } = await inspectTarget(path);
  let folder = dirname(target);
  while (!await exists(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const probe = temporaryBeside(join(folder, basename(target)));
  try {
    // in a folder that is not there yet no name is looked at: is each one that its disk takes?
    for (const name of relative(folder, target).split(SEPARATOR)) await exists(join(folder, name), true);
    await Deno.writeFile(probe, new Uint8Array(), { createNew: true });
    await Deno.remove(probe);
  } catch (cause) {
    throw refusal(target, cause);
  }
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.winnow-${crypto.randomUUID()}.tmp`);
}

/** Where the bytes go, links followed, and the permissions of the file that is there now (null: none, or Windows'). */
async function inspectTarget(path: string | URL): Promise<{ target: string; mode: number | null }> {
  const named = path instanceof URL ? fileURLToPath(path) : resolve(path);
  let target: string;
  let info: Deno.FileInfo;
  try {
    target = await Deno.realPath(named);
    info = await Deno.stat(target);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return { target: named, mode: null };
    throw refusal(named, cause);
  }
  if (info.isDirectory) {
    const remedy = `Name a file in it, such as ${join(named, "picture.png")}.`;
    throw unwritable({ what: named, rule: "a file", got: "a folder", remedy });
  }
  if (!info.isFile) {
    throw unwritable({ what: named, rule: "a file or a free name", got: "a device", remedy: ELSEWHERE });
  }
  if (info.mode !== null && (info.mode & WRITE_BITS) === 0) {
    const remedy = "Choose another path, or make the file writable.";
    throw unwritable({ what: named, rule: "writable", got: "a read-only file", remedy });
  }
  return {
    target,
    mode: info.mode === null || Deno.build.os === "windows" ? null : info.mode & PERMISSION_BITS,
  };
}

/** @param strict Fails on a path that cannot be, rather than say no. */
async function exists(path: string, strict = false): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (strict && !(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

function unwritable(fault: Omit<Fault, "doing">, cause?: unknown): ImageError {
  return new ImageError({ doing: "write the file", ...fault }, cause === undefined ? undefined : { cause });
}

/** The operating system's refusal in words that say what to do. */
function refusal(path: string, cause: unknown): ImageError {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  if (cause instanceof Deno.errors.NotCapable) {
    const remedy = "Run Deno with --allow-write and --allow-read, or -A.";
    return unwritable({ what: path, rule: "allowed by Deno's permissions", remedy }, cause);
  }
  if (cause instanceof Deno.errors.NotADirectory || cause instanceof Deno.errors.AlreadyExists) {
    const rule = "in a folder, but a part of the path is a file";
    return unwritable({ what: path, rule, remedy: ELSEWHERE }, cause);
  }
  if (cause instanceof Deno.errors.PermissionDenied || code === "EROFS") {
    const remedy = "Choose another folder, or change its permissions.";
    return unwritable({ what: dirname(path), rule: "a writable folder", remedy }, cause);
  }
  if (code === "ENOSPC") {
    const remedy = "Free some space, or choose another disk.";
    return unwritable({ what: path, rule: "on a disk with room for it", remedy }, cause);
  }
  // Deno's message ends with the call and a path; the temporary file's name would only puzzle
  const got = String(cause instanceof Error ? cause.message : cause).replace(
    /( \(os error \d+\))?: \w+ '.*$/s,
    "",
  );
  return unwritable({ what: path, rule: "writable", got, remedy: ELSEWHERE }, cause);
}
