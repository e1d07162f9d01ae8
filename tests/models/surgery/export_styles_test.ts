/** One U-Net as eight exporters and optimisers write it: the same sites, and the same outputs in every form. */
import assert from "node:assert/strict";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { openCutDenoiser } from "../../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../../models/runtimes/cut_side.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import type { AttentionSite } from "../../../models/surgery/attention_site.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import { isCuttable } from "../../../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { unmergeAttention } from "../../../models/surgery/unmerge_attention.ts";
import { type AttentionPolicy, policyInputs } from "../../../ops/attention/policy.ts";
import { fixture, loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

const goldens = loadGoldens("patterns");
const FEEDS: Record<string, Tensor> = Object.fromEntries(
  ["sample", "timestep", "encoder_hidden_states"].map((name) => [
    name,
    floatTensor(goldens.tensor("sd15", `in.${name}`).shape, goldens.floats("sd15", `in.${name}`)),
  ]),
);
const KEYS = FEEDS.encoder_hidden_states.shape[1];
const OUTPUTS = Object.keys(goldens.recipes.sd15.tensors).filter((name) => name.startsWith("out."));

/** Only one of them has operators that hold the projections as well, which are taken apart first. */
const STYLES = [
  "sdpa_opset14",
  "legacy_attnprocessor_opset14",
  "ort_basic",
  "ort_extended",
  "ort_transformers_unet",
  "optimum_fp16",
  "dynamo_opset18",
  "dynamo_opset23",
];
const MERGED = "ort_transformers_unet";

/**
 * Dense attention's own distance from PyTorch, as in rewrite_sites_test.ts and, for float16 with its 11 bits, as measured
 * of the unmodified file (1.0e-3 on a CPU, 7.7e-3 through WebGPU's kernels); a sparse policy amplifies it threefold here.
 */
const BARS = {
  float32: { cpu: { dense: 3e-6, sparse: 9e-6 }, webgpu: { dense: 5e-5, sparse: 1.5e-4 } },
  float16: { cpu: { dense: 2e-3, sparse: 6e-3 }, webgpu: { dense: 1e-2, sparse: 3e-2 } },
};

async function load(style: string): Promise<{ model: OnnxModel; sites: AttentionSite[] }> {
  const path = fixture("patterns", `${style}.onnx.gz`);
  const packed = await Deno.readFile(path);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const original = readOnnx(new Uint8Array(await new Response(stream).arrayBuffer()), path);
  const model = unmergeAttention(original);
  assert.equal(model === original, style !== MERGED);
  return { model, sites: findAttentionSites(model, { text: "encoder_hidden_states", image: "sample" }) };
}

/** `out.pladis_2_1.5` → λ 2, α 1.5. */
function policyOf(name: string): AttentionPolicy {
  if (name === "out.dense") return { kind: "dense" };
  const [, lambda, alpha] = name.split("_").map(Number);
  return { kind: "pladis", lambda, alpha };
}

function check(style: string, device: DeviceName, name: string, out: Float32Array): void {
  const bars = BARS[style.includes("fp16") ? "float16" : "float32"][device === "webgpu" ? "webgpu" : "cpu"];
  const error = relativeL2(out, goldens.floats("sd15", name));
  const bar = name === "out.dense" ? bars.dense : bars.sparse;
  assert.ok(error <= bar, `${style}, ${name}: relative L2 ${error}, above ${bar}`);
}

/** The policy's nodes in the graph. */
async function runGraph(style: string, device: DeviceName): Promise<void> {
  const { model, sites } = await load(style);
  const cross = sites.filter(({ kind }) => kind === "cross");
  await using runtime = await runtimeFor(device);
  for (const name of OUTPUTS) {
    const policy = policyOf(name);
    const rewritten = rewriteSites(model, [{ policy, sites: cross }], KEYS);
    await using session = await runtime.compile(encodeForSession(rewritten), style);
    const scalars = Object.entries(policyInputs(policy))
      .map(([input, value]) => [input, floatTensor([], Float32Array.of(value))]);
    const { out_sample } = await session.run({ ...FEEDS, ...Object.fromEntries(scalars) });
    check(style, device, name, out_sample.data as Float32Array);
  }
}

/** A kernel for each site. */
async function runKernels(style: string, device: DeviceName): Promise<void> {
  const { model, sites } = await load(style);
  await using runtime = await runtimeFor(device);
  const cut = cutGraph(model, sites.filter(isCuttable), new Set(["sample", "timestep"]));
  const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
  await using denoiser = await openCutDenoiser(runtime.cut as CutSide, { model, cut, encode }, style);
  for (const name of OUTPUTS) {
    const session = denoiser.session(({ kind }) => kind === "cross" ? policyOf(name) : { kind: "dense" });
    check(style, device, name, (await session.run(FEEDS)).out_sample.data as Float32Array);
  }
}

for (const style of STYLES) {
  Deno.test(`export styles: ${style}: its sites are those of the module, and can be cut`, async () => {
    const { sites } = await load(style);
    const cross = sites.filter(({ kind }) => kind === "cross");
    assert.deepEqual(cross.map(({ id }) => id), [
      "down_blocks.0.attentions.0.transformer_blocks.0.attn2",
      "mid_block.attentions.0.transformer_blocks.0.attn2",
      "up_blocks.1.attentions.0.transformer_blocks.0.attn2",
      "up_blocks.1.attentions.1.transformer_blocks.0.attn2",
    ]);
    assert.deepEqual(cross.map(({ place, block }) => [place, block]), [
      ["down", 0],
      ["mid", undefined],
      ["up", 1],
      ["up", 1],
    ]);
    const self = sites.filter(({ kind }) => kind === "self");
    assert.equal(self.length, 4);
    assert.deepEqual(self.map(({ id }) => id), cross.map(({ id }) => id.replace("attn2", "attn1")));
    assert.equal(sites.length, 8);
    for (const { operands, masked } of sites) {
      assert.equal(masked, false);
      assert.deepEqual(
        [operands?.query, operands?.key, operands?.value, operands?.output].map((operand) => operand?.layout),
        ["packed", "packed", "packed", "packed"],
      );
      assert.equal(operands?.heads, 2);
      assert.ok(Math.abs(operands.scale - 1 / Math.sqrt(operands.headSize)) < 1e-6);
    }
  });
  testOnDevices(
    `export styles: ${style}: nodes equal the original`,
    ["wasm", "native"],
    (device) => runGraph(style, device),
  );
  testOnDevices(
    `export styles: ${style}: kernels equal the original`,
    // on wasm kernels are of float32
    style.includes("fp16") ? ["webgpu"] : ["webgpu", "wasm"],
    (device) => runKernels(style, device),
  );
}
