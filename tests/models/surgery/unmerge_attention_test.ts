/** Operators with merged or packed projections, taken apart: the same outputs, and sites like all others. */
import assert from "node:assert/strict";
import { unetSites } from "../../../models/families/unet_sites.ts";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { indexGraph } from "../../../models/onnx/graph_index.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { openCutDenoiser } from "../../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../../models/runtimes/cut_side.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import { type CuttableSite, isCuttable } from "../../../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { matchSites } from "../../../models/surgery/match_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { unmergeAttention } from "../../../models/surgery/unmerge_attention.ts";
import { FAMILIES, loadCoreForward, policyOf } from "../../helpers/core_forward.ts";
import {
  assertClose,
  feedsOf,
  loadMerged,
  MERGED_UNETS,
  mergedGoldens,
  nodeNamed,
  outputsOf,
  scalarsOf,
  UNET_CONFIG,
  UNET_INPUTS,
} from "../../helpers/merged_attention.ts";
import { CPU_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/**
 * Of the original operators' output, and of PyTorch's under a sparse policy: as in export_styles_test.ts. In float16 both
 * the file as it stands and the file taken apart are a thousandth from PyTorch, each with rounding of its own.
 */
const BARS = {
  float32: { cpu: { dense: 3e-6, sparse: 9e-6 }, webgpu: { dense: 5e-5, sparse: 1.5e-4 } },
  float16: { cpu: { dense: 2e-3, sparse: 6e-3 }, webgpu: { dense: 1e-2, sparse: 3e-2 } },
};

const barsOf = (name: string, device: DeviceName) =>
  BARS[name.endsWith("fp16") ? "float16" : "float32"][device === "webgpu" ? "webgpu" : "cpu"];

for (const name of [...MERGED_UNETS, "biased"]) {
  const model = await loadMerged(name), plain = unmergeAttention(model);
  // "Attention: Attention_0"
  const operators: string[] = mergedGoldens.recipes[name].settings.operators.map((each: string) =>
    each.split(": ")[1]
  );

  Deno.test(`unmergeAttention: ${name}: three operands for each operator, under its old name`, () => {
    assert.ok(operators.length >= 5);
    const index = indexGraph(plain);
    for (const operator of operators) {
      const { opType, domain, input, output } = nodeNamed(plain, operator);
      assert.deepEqual([opType, domain], ["MultiHeadAttention", "com.microsoft"]);
      assert.ok(input.slice(0, 3).every(Boolean));
      assert.deepEqual(output, nodeNamed(model, operator).output);
      const [, , , bias, padding, mask, ...more] = input;
      assert.ok(!padding && more.length === 0);
      assert.equal(mask, nodeNamed(model, operator).input[5] || undefined);
      assert.ok(!bias || index.isZero(bias));
    }
    const names = plain.proto.graph.node.flatMap(({ output }) => output);
    assert.equal(new Set(names).size, names.length, "a value has one maker");
    assert.equal(
      readOnnx(encodeOnnx(plain), "plain.onnx").proto.graph.node.length,
      plain.proto.graph.node.length,
    );
  });

  Deno.test(`unmergeAttention: ${name}: every weight is the one that was there`, () => {
    const before = model.proto.graph.initializer, after = plain.proto.graph.initializer;
    before.forEach((tensor, i) => assert.equal(after[i], tensor));
    const added = after.slice(before.length);
    assert.ok(
      added.every(({ name, dataType }) => name?.startsWith("winnow/unmerged_constant") && dataType === 7),
    );
    assert.ok(added.length > 0 && added.length <= 8);
    assert.equal(plain.weights, model.weights);
  });

  Deno.test(`unmergeAttention: ${name}: once is enough, and the given model is as it was`, async () => {
    assert.notEqual(plain, model);
    assert.equal(unmergeAttention(plain), plain);
    assert.deepEqual(model.proto, (await loadMerged(name)).proto);
  });
}

for (const name of MERGED_UNETS) {
  const model = await loadMerged(name), plain = unmergeAttention(model);
  const sites = findAttentionSites(plain, UNET_INPUTS);
  const cross = sites.filter(({ kind }) => kind === "cross");

  Deno.test(`unmergeAttention: ${name}: the sites of the module, and no fewer`, () => {
    matchSites(name, cross, unetSites(UNET_CONFIG));
    assert.deepEqual(cross.map(({ id }) => id).toSorted(), mergedGoldens.meta.pladis_sites.toSorted());
    const self = sites.filter(({ kind }) => kind === "self").map(({ id }) => id);
    assert.deepEqual(self, cross.map(({ id }) => id.replace("attn2", "attn1")));
    assert.equal(sites.length, 8);
    for (const { operands, dtype, masked, written } of sites) {
      assert.ok(operands && !written && !masked);
      const { query, key, value, output, heads, headSize, scale } = operands;
      assert.deepEqual(new Set([query, key, value, output].map(({ layout }) => layout)), new Set(["packed"]));
      assert.deepEqual([heads, headSize, scale], [2, 4, 0.5]);
      assert.equal(dtype, name.endsWith("fp16") ? "float16" : "float32");
    }
    const unread = findAttentionSites(model, UNET_INPUTS);
    assert.equal(unread.length, name.startsWith("merged") ? 4 : 0, "what a model shows before");
  });

  testOnDevices(
    `unmergeAttention: ${name}: dense is what the operators gave`,
    CPU_DEVICES,
    async (device) => {
      const { out_sample } = await outputsOf(plain, device, feedsOf("unet"));
      const bar = barsOf(name, device).dense;
      assertClose(out_sample, mergedGoldens.floats(name, "out.dense"), bar, "the file as it stands");
      assertClose(out_sample, mergedGoldens.floats("unet", "out.dense"), bar, "PyTorch");
    },
  );

  testOnDevices(
    `unmergeAttention: ${name}: policies in the graph equal PyTorch's`,
    CPU_DEVICES,
    async (device) => {
      for (const out of ["out.pladis_2_1.5", "out.pladis_1_2"]) {
        const policy = policyOf(out), feeds = { ...feedsOf("unet"), ...scalarsOf(policy) };
        const { out_sample } = await outputsOf(
          rewriteSites(plain, [{ policy, sites: cross }], 11),
          device,
          feeds,
        );
        assertClose(out_sample, mergedGoldens.floats("unet", out), barsOf(name, device).sparse, out);
      }
    },
  );

  // on wasm kernels are of float32
  const cutting: readonly DeviceName[] = name.endsWith("fp16") ? ["webgpu"] : ["webgpu", "wasm"];
  testOnDevices(`unmergeAttention: ${name}: kernels equal PyTorch`, cutting, async (device) => {
    await using runtime = await runtimeFor(device);
    const cut = cutGraph(plain, sites.filter(isCuttable), new Set(["sample", "timestep"]));
    assert.equal(cut.stages.flatMap((stage) => stage.sites).length, 8);
    const keys = (cross as CuttableSite[]).flatMap((
      { operands: { key, value } },
    ) => [key.value, value.value]);
    assert.ok(keys.every((value) => cut.prompt?.outputs.includes(value)), "keys and values are the prompt's");
    const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
    await using denoiser = await openCutDenoiser(runtime.cut as CutSide, { model: plain, cut, encode }, name);
    for (const out of ["out.dense", "out.pladis_2_1.5"]) {
      const session = denoiser.session(({ kind }) => kind === "cross" ? policyOf(out) : { kind: "dense" });
      const bars = barsOf(name, device), { out_sample } = await session.run(feedsOf("unet"));
      assertClose(
        out_sample,
        mergedGoldens.floats("unet", out),
        out === "out.dense" ? bars.dense : bars.sparse,
        out,
      );
    }
  });
}

for (const family of FAMILIES) {
  Deno.test(`unmergeAttention: ${family}: a model without such operators is the same object`, async () => {
    const { model } = await loadCoreForward(family);
    assert.equal(unmergeAttention(model), model);
  });
}
