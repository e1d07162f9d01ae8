/** AutoGuidance: a worse network beside the model's own. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { PlanError } from "../../errors.ts";
import { encodeOnnx } from "../../models/onnx/encode_onnx.ts";
import { applyEdits, editGraph } from "../../models/onnx/graph_editor.ts";
import { opsetOf, readOnnx } from "../../models/onnx/read_onnx.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { explain } from "../../pipeline/explain.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import {
  autoGuidance,
  ddim,
  type Guidance,
  noGuidance,
  pocket,
  recipe,
  size,
  stableDiffusion,
} from "../../recipes/recipes.ts";
import { copyBundle } from "../helpers/copy_bundle.ts";
import { fixture, relativeL2 } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const quiet = { onNotice: () => {} };
const PROMPT = "a cat left of a rocket on a blue background";
const scheduler = ddim({ steps: 3 });

async function latentsOf(scene: Parameters<typeof pipeline>[0], device: "native"): Promise<Float32Array[]> {
  const latents: Float32Array[] = [];
  await using pipe = await pipeline(scene, { device, ...quiet });
  await pipe.generate(PROMPT, { seed: 7, onStep: (event) => void latents.push(event.latents().data) });
  return latents;
}

testOnDevices(
  "AutoGuidance by the model itself changes nothing, whatever the scale",
  ["native"],
  async (device) => {
    const before = liveCounts();
    const model = stableDiffusion(fixture("sd15", "model"));
    const scene = (guidance: Guidance) => recipe({ model, scheduler, guidance, size: size(16, 16) });
    const plain = await latentsOf(scene(noGuidance()), device as "native");
    const guided = await latentsOf(scene(autoGuidance({ weak: model, scale: 5 })), device as "native");
    plain.forEach((latents, i) => assert.ok(relativeL2(guided[i], latents) <= 1e-4, `step ${i}`));
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices("AutoGuidance moves away from a worse network, by the scale", ["native"], async (device) => {
  await using copy = await copyBundle({ manifest: false });
  // a worse version: the same network, which predicts a tenth too little
  const path = join(copy.path, "unet", "model.onnx"), model = readOnnx(await Deno.readFile(path), path);
  const editor = editGraph(opsetOf(model.proto)), nodes = editor.begin("weaker");
  editor.node("Mul", ["stronger", editor.constant(0.9, "float32")]);
  const last = { ...nodes[0], output: ["out_sample"] };
  const { graph } = model.proto, strong = graph.node.find(({ output }) => output[0] === "out_sample")!;
  const edited = applyEdits(graph, new Map([[strong, [{ ...strong, output: ["stronger"] }, last]]]), editor);
  await Deno.writeFile(path, encodeOnnx({ ...model, proto: { ...model.proto, graph: edited } }));
  const weak = stableDiffusion(copy.path);
  const scene = (guidance: Guidance) => recipe({ model: pocket(), scheduler, guidance });
  const [plain, once, twice] = await Promise.all([
    latentsOf(scene(noGuidance()), device as "native"),
    latentsOf(scene(autoGuidance({ weak, scale: 2 })), device as "native"),
    latentsOf(scene(autoGuidance({ weak, scale: 3 })), device as "native"),
  ]);
  // after one step everything is linear in the scale: x(3) − x(1) = 2·(x(2) − x(1))
  const moved = once[0].map((x, i) => 2 * (x - plain[0][i])), far = twice[0].map((x, i) => x - plain[0][i]);
  assert.ok(relativeL2(once[0], plain[0]) > 1e-3, "the copy is no worse");
  assert.ok(relativeL2(far, moved) <= 1e-3, `off by ${relativeL2(far, moved)}`);
});

testOnDevices(
  "explain and the picture know of the worse network; another shape is an error",
  ["native"],
  async (device) => {
    const model = stableDiffusion(fixture("sd15", "model"));
    const scene = recipe({ model, scheduler, guidance: autoGuidance({ weak: model }), size: size(16, 16) });
    await using pipe = await pipeline(scene, { device, ...quiet });
    assert.match(explain(pipe.plan), /weak denoiser .*MB/);
    assert.match(explain(pipe.plan), /AutoGuidance, scale 3, away from .*model/);
    assert.equal(pipe.plan.guidance.total, 6);
    const { metadata } = await pipe.generate(PROMPT, { seed: 1 });
    assert.ok(Object.keys(metadata.models).some((file) => file.startsWith("weak/unet/")));
    assert.equal(pipe.fits(scene.with({ guidance: noGuidance() })), false);
    await assert.rejects(
      pipeline(scene.with({ guidance: autoGuidance({ weak: pocket() }) }), { device, ...quiet }),
      (error: Error) =>
        error instanceof PlanError &&
        /in_channels of .* must be 4, the model's own, got 16/.test(error.message),
    );
  },
);
