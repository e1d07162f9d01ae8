/** Operators with biases of their own and of their scores, taken apart, against the operators and float64 references. */
import assert from "node:assert/strict";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { openCutDenoiser } from "../../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../../models/runtimes/cut_side.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import {
  type CuttableSite,
  isCuttable,
  operandValues,
  whyNotCut,
} from "../../../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { unmergeAttention } from "../../../models/surgery/unmerge_attention.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import {
  assertClose,
  BIASED_INPUTS,
  BIASED_OUTPUTS,
  feedsOf,
  loadMerged,
  mergedGoldens,
  outputsOf,
  scalarsOf,
  withOutputs,
} from "../../helpers/merged_attention.ts";
import { referenceSite } from "../../helpers/reference_site.ts";
import { CPU_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

const PLADIS = { kind: "pladis", lambda: 2, alpha: 1.5 } as const;

/** Rounding in another order: of one operator after another, and amplified by a sparse policy. */
const ROUNDING = 2e-6, AMPLIFIED = 1e-5;

const plain = unmergeAttention(await loadMerged("biased")), feeds = feedsOf("biased");
const sites = findAttentionSites(plain, BIASED_INPUTS).filter((site) => site.operands) as CuttableSite[];

/** A weight of the model, float32. */
function weightOf({ proto, ...model }: OnnxModel, name: string): Tensor | undefined {
  const tensor = proto.graph.initializer.find((each) => each.name === name);
  const bytes = tensor && readWeight(tensor, model);
  return bytes && floatTensor((tensor.dims ?? []).map(Number), new Float32Array(bytes.slice().buffer));
}

Deno.test("unmergeAttention: biased: five sites, with scales and masks of their own", () => {
  assert.deepEqual(sites.map(({ id, kind, masked }) => [id, kind, masked]), [
    ["a0", "self", true],
    ["a1", "self", true],
    ["a2", "cross", false],
    ["a3", "cross", true],
    ["a4", "self", false],
  ]);
  const usual = 1 / Math.sqrt(8), scales = [0.2, usual, usual, 0.3, usual];
  for (const [i, { operands: { heads, headSize, scale } }] of sites.entries()) {
    assert.deepEqual([heads, headSize], [2, 8]);
    assert.ok(Math.abs(scale - scales[i]) < 1e-7);
  }
});

testOnDevices("unmergeAttention: biased: each operator gives what it gave", CPU_DEVICES, async (device) => {
  const outs = await outputsOf(withOutputs(plain, [...BIASED_OUTPUTS, "out"]), device, feeds);
  for (const name of BIASED_OUTPUTS) {
    assertClose(outs[name], mergedGoldens.floats("biased", `out.${name}`), ROUNDING, name);
  }
  assertClose(outs.out, mergedGoldens.floats("biased", "out.dense"), ROUNDING, "the whole");
});

testOnDevices(
  "unmergeAttention: biased: PLADIS at each site is its reference",
  CPU_DEVICES,
  async (device) => {
    const made = new Set(plain.proto.graph.node.flatMap(({ output }) => output));
    const names = [...new Set(sites.flatMap(operandValues))].filter((name) => made.has(name));
    const rewritten = withOutputs(rewriteSites(plain, [{ policy: PLADIS, sites }]), [
      ...BIASED_OUTPUTS,
      ...names,
    ]);
    const outs = await outputsOf(rewritten, device, { ...feeds, ...scalarsOf(PLADIS) });
    const valueOf = (name: string) => (outs[name] ?? feeds[name] ?? weightOf(plain, name)) as Tensor;
    for (const [i, site] of sites.entries()) {
      const values = new Map(operandValues(site).map((name) => [name, valueOf(name)]));
      const wanted = referenceSite(site, values, PLADIS).data as Float32Array;
      const dense = referenceSite(site, values, { kind: "dense" }).data as Float32Array;
      assertClose(outs[BIASED_OUTPUTS[i]], wanted, AMPLIFIED, site.id);
      assert.ok(relativeL2(dense, wanted) > 1e-2, "PLADIS does something");
    }
  },
);

testOnDevices(
  "unmergeAttention: biased: kernels equal the operators, and the graph",
  ["webgpu", "wasm"],
  async (device) => {
    await using runtime = await runtimeFor(device);
    const cuttable = sites.filter(isCuttable);
    assert.deepEqual(cuttable.map(({ id }) => id), ["a0", "a2", "a3", "a4"]);
    assert.match(whyNotCut(sites[1]) ?? "", /its mask is a weight or an input/);
    const cut = cutGraph(plain, cuttable, new Set(["image", "mask"]));
    const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
    const model = plain, side = runtime.cut as CutSide;
    await using denoiser = await openCutDenoiser(side, { model, cut, encode }, "biased");
    const { out } = await denoiser.session(() => ({ kind: "dense" })).run(feeds);
    assertClose(out, mergedGoldens.floats("biased", "out.dense"), AMPLIFIED, "dense");
    const rewritten = rewriteSites(plain, [{ policy: PLADIS, sites: cuttable }]);
    const graph = await outputsOf(rewritten, "native", { ...feeds, ...scalarsOf(PLADIS) });
    const sparse = await denoiser.session(() => PLADIS).run(feeds);
    assertClose(sparse.out, graph.out.data as Float32Array, 3 * AMPLIFIED, "PLADIS");
  },
);
