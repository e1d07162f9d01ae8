import assert from "node:assert/strict";
import { BundleError, GraphError } from "../../../errors.ts";
import { denoiserSites } from "../../../models/families/denoiser_sites.ts";
import { unetSites } from "../../../models/families/unet_sites.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { matchSites } from "../../../models/surgery/match_sites.ts";
import { FAMILIES, loadCoreForward } from "../../helpers/core_forward.ts";
import { fixture, loadGoldens } from "../../helpers/goldens.ts";

const INPUTS = { text: "encoder_hidden_states", image: "sample" };

const UNETS = {
  sd15: fixture("sd15", "model", "unet"),
  sdxl: fixture("sdxl", "model", "unet"),
  pocket: new URL("../../../models/pocket/bundle/unet", import.meta.url).pathname,
};

function load(
  folder: string,
): { model: OnnxModel; config: { path: string; values: Record<string, unknown> } } {
  const path = `${folder}/config.json`;
  return {
    model: readOnnx(Deno.readFileSync(`${folder}/model.onnx`), `${folder}/model.onnx`),
    config: { path, values: JSON.parse(Deno.readTextFileSync(path)) },
  };
}

for (const [name, folder] of Object.entries(UNETS)) {
  Deno.test(`findAttentionSites: ${name}: the cross-attention sites are those of the original and of the declaration`, () => {
    const { model, config } = load(folder);
    const cross = findAttentionSites(model, INPUTS).filter(({ kind }) => kind === "cross");
    const expected: string[] = loadGoldens(name).meta.pladis_sites;
    assert.deepEqual(cross.map(({ id }) => id).toSorted(), expected.toSorted());
    assert.deepEqual(unetSites(config).map(({ id }) => id).toSorted(), expected.toSorted());
    for (const site of cross) {
      assert.equal(site.dtype, "float32");
      assert.equal(site.masked, false);
      assert.equal(site.place, site.id.split("_")[0]);
    }
    matchSites(model.path, cross, unetSites(config));
  });

  Deno.test(`findAttentionSites: ${name}: every other softmax is self-attention`, () => {
    const sites = findAttentionSites(load(folder).model, INPUTS);
    const self = sites.filter(({ kind }) => kind === "self");
    assert.equal(self.length, sites.length / 2);
    assert.ok(self.every(({ id }) => id.endsWith("attn1")));
  });

  Deno.test(`findAttentionSites: ${name}: names play no part in telling cross from self`, () => {
    const { model } = load(folder);
    const named = findAttentionSites(model, INPUTS);
    const node = model.proto.graph.node.map((node, i) => ({ ...node, name: `node_${i}` }));
    const unnamed = findAttentionSites({
      ...model,
      proto: { ...model.proto, graph: { ...model.proto.graph, node } },
    }, INPUTS);
    assert.deepEqual(
      unnamed.map(({ kind, written }) => [kind, written?.logits]),
      named.map(({ kind, written }) => [kind, written?.logits]),
    );
  });
}

Deno.test("matchSites: a graph that is not its config's names both sides", () => {
  const { model, config } = load(UNETS.sd15);
  const cross = findAttentionSites(model, INPUTS).filter(({ kind }) => kind === "cross");
  const other = { ...config, values: { ...config.values, mid_block_type: "UNetMidBlock2D" } };
  assert.throws(
    () => matchSites(model.path, cross, unetSites(other)),
    (error: Error) =>
      error instanceof GraphError && error.message.includes("the 3 that its config.json declares") &&
      error.message.includes("found but not declared: mid_block.attentions.0.transformer_blocks.0.attn2"),
  );
  assert.throws(
    () => matchSites(model.path, cross.slice(1), unetSites(config)),
    /declared but not found: down_blocks\.0/,
  );
});

Deno.test("findAttentionSites: a graph without the inputs is refused", () => {
  assert.throws(
    () => findAttentionSites(load(UNETS.sd15).model, { text: "caption", image: "sample" }),
    /must be include "caption"|include "caption"/,
  );
});

for (const family of FAMILIES) {
  Deno.test(`findAttentionSites: ${family}: the sites of the original and of the declaration, and no other`, async () => {
    const { model, config, sites, taken, goldens } = await loadCoreForward(family);
    const expected: string[] = goldens.meta.pladis_sites;
    assert.deepEqual(taken.map(({ id }) => id).toSorted(), expected.toSorted());
    matchSites(model.path, taken, denoiserSites(config));
    const joint = { sd3: "image-text", sd3dual: "image-text", flux: "text-image" } as Partial<
      Record<string, string>
    >;
    for (const { kind, text } of taken) {
      assert.equal(kind, joint[family] ? "joint" : "cross");
      assert.equal(text?.order, joint[family]);
    }
    const softmaxes = model.proto.graph.node.filter(({ opType }) => opType === "Softmax").length;
    assert.equal(sites.length, softmaxes);
  });
}

Deno.test("denoiserSites: an unknown class is a BundleError that names it", () => {
  const config = { path: "a/config.json", values: { _class_name: "AllegroTransformer3DModel" } };
  assert.throws(
    () => denoiserSites(config),
    (error: Error) =>
      error instanceof BundleError &&
      error.message.includes("a/config.json: _class_name must be one of UNet2DConditionModel"),
  );
});
