import assert from "node:assert/strict";
import { DeviceError } from "../../errors.ts";
import { findAdapter, openGpu } from "../../models/runtimes/gpu_adapter.ts";
import { type Float16Support, probeFloat16 } from "../../models/runtimes/probe_float16.ts";
import type { GpuSide } from "../../models/runtimes/runtime.ts";
import { checkFloat16, computesInFloat16 } from "../../pipeline/check_float16.ts";
import { pocket, recipe, stableDiffusion } from "../../recipes/recipes.ts";
import { DataType, type GraphProto } from "../../models/onnx/onnx_types.ts";
import { fixture } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";
import { surveyOf } from "../helpers/survey_of.ts";

const half: GraphProto = {
  node: [{ opType: "Relu", input: ["x"], output: ["y"] }],
  input: [{ name: "x", type: { tensorType: { elemType: DataType.FLOAT16 } } }],
  output: [{ name: "y" }],
  initializer: [],
};

function gpuWith(support: Float16Support): GpuSide {
  return { float16: () => Promise.resolve(support) } as GpuSide;
}

const report = { device: "webgpu", adapter: "a GPU", reason: "" } as const;

Deno.test("computesInFloat16: weights stored in float16 are not computing in it", async () => {
  const { components } = await surveyOf(recipe({ model: pocket() }));
  const weights = [...components.values()].flatMap(({ model }) => model.proto.graph.initializer);
  assert.ok(
    weights.some(({ dataType }) => dataType === DataType.FLOAT16),
    "the bundled model stores float16",
  );
  assert.deepEqual([...components.values()].map(({ model }) => computesInFloat16(model.proto.graph)), [
    false,
    false,
    false,
  ]);
  assert.equal(computesInFloat16(half), true);
});

Deno.test("checkFloat16: a component that needs it is refused where it is absent or broken", async () => {
  const survey = await surveyOf(recipe({ model: stableDiffusion(fixture("sd15", "model")) }));
  const unet = survey.components.get("unet")!;
  const needy = new Map(survey.components);
  needy.set("unet", { ...unet, model: { ...unet.model, proto: { ...unet.model.proto, graph: half } } });
  for (const support of ["absent", "broken"] as const) {
    await checkFloat16(survey, { gpu: gpuWith(support), report });
    await assert.rejects(checkFloat16({ ...survey, components: needy }, { gpu: gpuWith(support), report }), {
      name: DeviceError.name,
      message: new RegExp(
        `^Cannot run unet on a GPU: float16 on this adapter must be there, and right, got "${support}"`,
      ),
    });
  }
  await checkFloat16({ ...survey, components: needy }, { gpu: gpuWith("works"), report });
  await checkFloat16({ ...survey, components: needy }, { report });
});

testOnDevices("probeFloat16: a device that was given no float16 has none, and the adapter's own works", [
  "webgpu",
], async () => {
  const found = (await findAdapter())!;
  await using gpu = await openGpu(found);
  assert.equal(await probeFloat16(gpu.device), found.adapter.features.has("shader-f16") ? "works" : "absent");
  const without = { features: new Set<string>() } as unknown as GPUDevice;
  assert.equal(await probeFloat16(without), "absent");
});
