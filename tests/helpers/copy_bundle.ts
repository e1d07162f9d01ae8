/** A copy of the bundled model, or of a fixture's, in a temporary folder, for damaging. */
import { fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import { POCKET_BUNDLE_URL } from "../../models/pocket/pocket_bundle.ts";

/** Copies a folder and all that is in it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** Copies the bundle, with its manifest or without. */
export async function copyBundle(
  { manifest }: { manifest: boolean },
): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  await copyFolder(fromFileUrl(POCKET_BUNDLE_URL), path);
  if (!manifest) await Deno.remove(join(path, "manifest.json"));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
