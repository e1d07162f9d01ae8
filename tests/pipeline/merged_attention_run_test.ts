/** A bundle whose U-Net was optimised, its self-attention one operator with the projections: whole runs of it. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { GraphError } from "../../errors.ts";
import { encodeOnnx } from "../../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../../models/onnx/read_onnx.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { cfg, ddim, pag, pladis, recipe, size, stableDiffusion } from "../../recipes/recipes.ts";
import { copyFolder } from "../helpers/copy_bundle.ts";
import { fixture, relativeL2 } from "../helpers/goldens.ts";
import { withNode } from "../helpers/merged_attention.ts";
import { ALL_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const quiet = { onNotice: () => {} };

/** Of the latents of the U-Net as it was exported: rounding at every site, amplified by a sparse policy over three steps. */
const LATENTS = 1e-3;

/** The tiny Stable Diffusion 1.5 with its U-Net as onnxruntime's optimiser writes it. */
async function optimised(change: (unet: OnnxModel) => OnnxModel = (unet) => unet) {
  const path = await Deno.makeTempDir();
  await copyFolder(fixture("sd15", "model"), path);
  const packed = await Deno.readFile(fixture("patterns", "ort_transformers_unet.onnx.gz"));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const unet = readOnnx(new Uint8Array(await new Response(stream).arrayBuffer()), "unet");
  await Deno.writeFile(join(path, "unet", "model.onnx"), encodeOnnx(change(unet)));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const sceneOf = (source: string) =>
  recipe({
    model: stableDiffusion(source),
    scheduler: ddim({ steps: 3 }),
    attention: pladis({ lambda: 2, alpha: 1.5 }),
    guidance: cfg({ scale: 3, perturbed: [pag({ scale: 2 })] }),
    size: size(16, 16),
  });

testOnDevices(
  "an optimised U-Net draws what the exported one draws, with PLADIS and with guidance in its self-attention",
  ALL_DEVICES,
  async (device) => {
    await using bundle = await optimised();
    const latentsOf = async (source: string) => {
      const latents: Float32Array[] = [];
      await using pipe = await pipeline(sceneOf(source), { device, ...quiet });
      const { attention } = pipe.plan;
      assert.deepEqual([attention.found, attention.selfSites, attention.policies[0].sites.length], [4, 4, 4]);
      assert.equal(attention.form, device === "native" ? "graph" : "kernel");
      await pipe.generate("a red cat", { seed: 7, onStep: (step) => void latents.push(step.latents().data) });
      return latents;
    };
    const exported = await latentsOf(fixture("sd15", "model")), drawn = await latentsOf(bundle.path);
    assert.equal(drawn.length, 3);
    drawn.forEach((latents, i) => {
      const error = relativeL2(latents, exported[i]);
      assert.ok(error <= LATENTS, `step ${i}: relative L2 ${error}`);
    });
  },
);

Deno.test("a cross-attention that does more than can be taken apart is an error that names it", async () => {
  await using bundle = await optimised((unet) =>
    withNode(unet, "MultiHeadAttention_1", (node) => ({ ...node, input: [...node.input, "timestep"] }))
  );
  await assert.rejects(
    pipeline(sceneOf(bundle.path), { device: "native", ...quiet }),
    (error: Error) =>
      error instanceof GraphError && error.message.includes("the 4 that its config.json declares, got") &&
      error.message.includes("declared but not found: mid_block.attentions.0.transformer_blocks.0.attn2;"),
  );
});
