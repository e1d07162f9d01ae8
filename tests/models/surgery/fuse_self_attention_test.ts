/** Fused attention against the same graph as it was exported, on random inputs. */
import assert from "node:assert/strict";
import { GraphError } from "../../../errors.ts";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import type { AttentionSite } from "../../../models/surgery/attention_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { fuseSelfAttention, whyNotFused } from "../../../models/surgery/fuse_self_attention.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { fixture, loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { CPU_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

const KEYS = 77;
const INPUTS = { text: "encoder_hidden_states", image: "sample" };

/** Of the original's output: rounding in another order, at every site. */
const ROUNDING = 2e-6;

/** Rounding that comes in amplified where keys enter and leave a sparse policy's support. */
const AMPLIFIED = 1e-5;

/** Of PyTorch's output, as the unfused graph is held to it. */
const EXPORT = 3e-6;

function load(family: string) {
  const path = fixture(family, "model", "unet", "model.onnx");
  const model = readOnnx(Deno.readFileSync(path), path);
  const sites = findAttentionSites(model, INPUTS);
  return { model, sites, self: sites.filter(({ kind }) => kind === "self") };
}

function feedsOf(family: string): Record<string, Tensor> {
  const goldens = loadGoldens(family);
  const names = Object.keys(goldens.recipes.core_forward.tensors).filter((name) => name.startsWith("in."));
  return Object.fromEntries(names.map((name) => {
    const { shape } = goldens.tensor("core_forward", name);
    return [name.slice("in.".length), floatTensor(shape, goldens.floats("core_forward", name))];
  }));
}

async function outputOf(model: OnnxModel, device: DeviceName, feeds: Record<string, Tensor>) {
  await using runtime = await runtimeFor(device);
  await using session = await runtime.compile(encodeForSession(model), "unet");
  return (await session.run(feeds)).out_sample.data as Float32Array;
}

const opTypes = ({ proto }: OnnxModel) => proto.graph.node.map(({ opType }) => opType);
const countOf = (model: OnnxModel, opType: string) => opTypes(model).filter((each) => each === opType).length;

for (const family of ["sd15", "sdxl"]) {
  const { model, sites, self } = load(family);

  testOnDevices(`fuseSelfAttention: ${family}: fused is what it was`, CPU_DEVICES, async (device) => {
    const feeds = feedsOf(family);
    const written = await outputOf(model, device, feeds);
    for (const chosen of [self, sites]) {
      const error = relativeL2(await outputOf(fuseSelfAttention(model, chosen), device, feeds), written);
      assert.ok(error > 0, "another kernel rounds in another order");
      assert.ok(error <= ROUNDING, `${chosen.length} sites: relative L2 ${error}`);
    }
    const dense = loadGoldens(family).floats("core_forward", "out.dense");
    assert.ok(relativeL2(await outputOf(fuseSelfAttention(model, sites), device, feeds), dense) <= EXPORT);
  });

  testOnDevices(`fuseSelfAttention: ${family}: beside PLADIS`, CPU_DEVICES, async (device) => {
    const cross = sites.filter(({ kind }) => kind === "cross");
    const pladis = (base: OnnxModel) =>
      rewriteSites(base, [{ policy: { kind: "pladis", lambda: 2, alpha: 1.5 }, sites: cross }], KEYS);
    const feeds = { ...feedsOf(family), pladis_lambda: floatTensor([], Float32Array.of(2)) };
    const written = await outputOf(pladis(model), device, feeds);
    const fused = await outputOf(pladis(fuseSelfAttention(model, self)), device, feeds);
    assert.ok(relativeL2(fused, written) <= AMPLIFIED, `relative L2 ${relativeL2(fused, written)}`);
    const other = await outputOf(fuseSelfAttention(pladis(model), self), device, feeds);
    assert.deepEqual(other, fused, "in either order");
  });

  testOnDevices(
    `fuseSelfAttention: ${family}: another scale is another result`,
    ["native"],
    async (device) => {
      const [first, ...rest] = self;
      const off = {
        ...first,
        operands: first.operands && { ...first.operands, scale: 2 * first.operands.scale },
      };
      const feeds = feedsOf(family);
      const right = await outputOf(fuseSelfAttention(model, self), device, feeds);
      assert.ok(
        relativeL2(await outputOf(fuseSelfAttention(model, [off, ...rest]), device, feeds), right) > 1e-4,
      );
    },
  );

  Deno.test(`fuseSelfAttention: ${family}: one operator a site, and nothing that only the written form needed`, () => {
    const fused = fuseSelfAttention(model, self);
    assert.ok(self.length > 0);
    assert.equal(countOf(fused, "MultiHeadAttention"), self.length);
    assert.equal(countOf(model, "Softmax") - countOf(fused, "Softmax"), self.length);
    // Queries by keys, weights by values: the projections stay.
    assert.equal(countOf(model, "MatMul") - countOf(fused, "MatMul"), 2 * self.length);
    assert.ok(fused.proto.graph.node.length <= model.proto.graph.node.length - 20 * self.length);
    const left = new Set(fused.proto.graph.node.map(({ name }) => name));
    for (const { written } of self) assert.ok(!left.has(written?.softmax));
    assert.deepEqual(fused.proto.opsetImport.at(-1), { domain: "com.microsoft", version: 1 });
    assert.equal(model.proto.opsetImport.length + 1, fused.proto.opsetImport.length);
    assert.equal(countOf(model, "MultiHeadAttention"), 0, "the given model is as it was");
    const twice = fuseSelfAttention(fuseSelfAttention(model, self.slice(0, 1)), self.slice(1));
    assert.deepEqual(twice.proto, fused.proto);
    assert.equal(readOnnx(encodeOnnx(fused), "fused.onnx").proto.graph.node.length, left.size);
  });
}

const { model, self: [site] } = load("sd15");

function changed(change: Partial<AttentionSite>): AttentionSite {
  return { ...site, ...change };
}

Deno.test("fuseSelfAttention: no site, no change", () => {
  assert.equal(fuseSelfAttention(model, []), model);
});

const operands = site.operands as NonNullable<AttentionSite["operands"]>;
const UNFIT: Readonly<Record<string, AttentionSite>> = {
  "it is one operator already": changed({ written: undefined }),
  "its operands are not known": changed({ operands: undefined }),
  "its operands lie packed and heads": changed({
    operands: { ...operands, key: { ...operands.key, layout: "heads" } },
  }),
  "its scores are masked": changed({ masked: true }),
  "its scores are float16": changed({ dtype: "float16" }),
};

for (const [reason, unfit] of Object.entries(UNFIT)) {
  Deno.test(`fuseSelfAttention: an error where ${reason}`, () => {
    assert.equal(whyNotFused(unfit), reason);
    assert.throws(() => fuseSelfAttention(model, [unfit]), (error) => {
      assert.ok(error instanceof GraphError);
      assert.ok(error.message.includes(site.id) && error.message.includes(reason), error.message);
      return true;
    });
  });
}

Deno.test("fuseSelfAttention: an error for a site of another model", () => {
  const other = changed({ operands: { ...operands, output: { value: "nowhere", layout: "packed" } } });
  assert.equal(whyNotFused(other), undefined);
  assert.throws(() => fuseSelfAttention(model, [other]), /nowhere/);
});
