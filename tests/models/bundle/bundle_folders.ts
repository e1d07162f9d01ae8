/** Folders for tests: copies of a real bundle (the sd15 fixture), with and without a manifest. */
import { dirname } from "npm:deno-std@1.4.0/path/dirname.js";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { fixture } from "../../helpers/goldens.ts";

export const SD15 = fixture("sd15", "model");

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** A folder that is gone after the test. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "winnow-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** All files below a folder, relative, with forward slashes, sorted. */
export async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, prefix))) {
    if (isDirectory) files.push(...await filesBelow(folder, `${prefix}${name}/`));
    else files.push(prefix + name);
  }
  return files.sort();
}

export async function put(folder: string, path: string, contents: string | Uint8Array): Promise<void> {
  const target = join(folder, path);
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.writeFile(target, typeof contents === "string" ? new TextEncoder().encode(contents) : contents);
}

/** Writes manifest.json for all that a folder holds now; returns its SHA-256. */
export async function writeManifest(folder: string): Promise<string> {
  const files: Record<string, { size: number; sha256: string }> = {};
  for (const path of await filesBelow(folder)) {
    if (path === "manifest.json") continue;
    const bytes = await Deno.readFile(join(folder, path));
    files[path] = { size: bytes.length, sha256: await sha256Hex(bytes) };
  }
  const text = JSON.stringify({ version: 1, files }, null, 2);
  await put(folder, "manifest.json", text);
  return await sha256Hex(new TextEncoder().encode(text));
}

/** A copy of the sd15 fixture. */
export async function copyOfSd15(): Promise<TempFolder> {
  const folder = await tempFolder();
  for (const path of await filesBelow(SD15)) {
    await put(folder.path, path, await Deno.readFile(join(SD15, path)));
  }
  return folder;
}

/** Flips one bit in the middle of a file. */
export async function flipBit(folder: string, path: string): Promise<void> {
  const bytes = await Deno.readFile(join(folder, path));
  bytes[bytes.length >> 1] ^= 1;
  await Deno.writeFile(join(folder, path), bytes);
}

/** Cuts a file to half of its length. */
export async function truncate(folder: string, path: string): Promise<void> {
  const { size } = await Deno.stat(join(folder, path));
  await Deno.truncate(join(folder, path), size >> 1);
}
