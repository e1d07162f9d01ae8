import assert from "node:assert/strict";
import { POCKET_BUNDLE_URL, POCKET_MANIFEST_SHA256 } from "../../../models/pocket/pocket_bundle.ts";
import { openBundle } from "../../../models/bundle/open_bundle.ts";
import { filesBelow } from "../bundle/bundle_folders.ts";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";

/** What the repository promises of the bundled model. */
const MOST_BYTES = 30e6;

Deno.test("pocket: the bundle is the one whose manifest is pinned, whole, every file as the manifest says", async () => {
  const bundle = await openBundle(POCKET_BUNDLE_URL, { manifestSha256: POCKET_MANIFEST_SHA256 });
  for (const name of ["text_encoder", "unet", "vae_decoder"]) assert.ok(bundle.component(name).read);
  for (const component of bundle.components.values()) assert.ok((await component.read()).length > 0);
  assert.equal((await bundle.tokenizer("tokenizer")).maxLength, 32);
});

Deno.test("pocket: the manifest lists every file of the folder, and they are small enough to ship", async () => {
  const folder = fromFileUrl(POCKET_BUNDLE_URL) as string;
  const { files } = JSON.parse(await Deno.readTextFile(new URL("manifest.json", POCKET_BUNDLE_URL)));
  assert.deepEqual(
    Object.keys(files).sort(),
    (await filesBelow(folder)).filter((path) => path !== "manifest.json"),
  );
  const total = Object.values(files as Record<string, { size: number }>).reduce(
    (sum, { size }) => sum + size,
    0,
  );
  assert.ok(total < MOST_BYTES, `${total} bytes`);
});
