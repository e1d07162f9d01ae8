import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { BundleError, GraphError } from "../../errors.ts";
import { openBundle } from "../../models/bundle/open_bundle.ts";
import { familyOf } from "../../models/families/find_family.ts";
import { encodeOnnx } from "../../models/onnx/encode_onnx.ts";
import { openOnnx } from "../../models/onnx/read_onnx.ts";
import { writeOnnx } from "../../models/onnx/write_onnx.ts";
import { openComponent } from "../../pipeline/open_component.ts";
import { surveyBundle } from "../../pipeline/survey.ts";
import { copyOfSd15, SD15, writeManifest } from "../models/bundle/bundle_folders.ts";

/** A copy of sd15's bundle whose denoiser has its weights in a side file, listed in a manifest. */
async function withSideFile() {
  const folder = await copyOfSd15();
  const graph = join(folder.path, "unet", "model.onnx");
  await writeOnnx(openOnnx(graph), graph);
  await writeManifest(folder.path);
  return { folder, graph, data: `${graph}_data` };
}

Deno.test("openComponent: weights in a side file are those of the graph that had them itself", async () => {
  const { folder: kept, graph, data } = await withSideFile();
  await using folder = kept;
  const bundle = await openBundle(folder.path);
  const model = await openComponent(bundle, "unet");
  assert.equal(model.path, join(folder.path, "unet", "model.onnx"));
  assert.deepEqual([...encodeOnnx(model)], [...encodeOnnx(openOnnx(join(SD15, "unet", "model.onnx")))]);
  const { components } = await surveyBundle(bundle, familyOf("stable-diffusion"));
  const sizes = [graph, data].map((path) => Deno.statSync(path).size);
  assert.equal(components.get("unet")?.bytes, sizes[0] + sizes[1]);
});

Deno.test("openComponent: a damaged graph is a BundleError before anything of it is used", async () => {
  const { folder: kept, graph } = await withSideFile();
  await using folder = kept;
  const bundle = await openBundle(folder.path);
  const bytes = await Deno.readFile(graph);
  bytes[bytes.length >> 1] ^= 1;
  await Deno.writeFile(graph, bytes);
  await assert.rejects(
    openComponent(bundle, "unet"),
    (error: Error) => error instanceof BundleError && error.message.includes("must be the file of SHA-256"),
  );
});

Deno.test("openComponent: a side file that is cut short is a GraphError that names a tensor", async () => {
  await using folder = await copyOfSd15();
  const graph = join(folder.path, "unet", "model.onnx");
  await writeOnnx(openOnnx(graph), graph);
  await Deno.truncate(`${graph}_data`, 100_000);
  await assert.rejects(
    openComponent(await openBundle(folder.path), "unet"),
    (error: Error) =>
      error instanceof GraphError &&
      /model\.onnx: the data of ".+" must be within the 100000 bytes of .*model\.onnx_data, got/.test(
        error.message,
      ),
  );
});
