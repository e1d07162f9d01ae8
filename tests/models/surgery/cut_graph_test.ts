/** A cut graph, its sites computed in float64, gives what the whole graph gives. */
import assert from "node:assert/strict";
import { encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { inputsOf } from "../../../models/onnx/graph_index.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import { isCuttable } from "../../../models/surgery/cuttable_site.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { FAMILIES, loadCoreForward } from "../../helpers/core_forward.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import { openReferenceDenoiser } from "../../helpers/reference_denoiser.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** Rounding at the sites' edges, before a sparse policy may amplify it. */
const DENSE = 3e-6, SPARSE = 3e-5;

const PRODUCTS = ["Conv", "Gemm", "MatMul"];

/** Whether the numbers of a value are made from those of inputs that change; their sizes do not count. */
function changesWith({ proto: { graph } }: OnnxModel, changing: ReadonlySet<string>) {
  const found = new Set(changing);
  for (const node of graph.node) {
    if (node.opType === "Shape" || !inputsOf(node).some((input) => found.has(input))) continue;
    for (const output of node.output) found.add(output);
  }
  return (value: string) => found.has(value);
}

for (const family of FAMILIES) {
  const loaded = await loadCoreForward(family), { model, sites, goldens, changing } = loaded;
  const cuttable = sites.filter(isCuttable);

  Deno.test(`cutGraph: ${family}: every site can be cut, and what is the prompt's is computed with it`, () => {
    assert.equal(cuttable.length, sites.length);
    const cross = cuttable.filter(({ kind }) => kind === "cross");
    const { prompt, stages } = cutGraph(model, cross, changing);
    assert.deepEqual(stages.flatMap((stage) => stage.sites), cross);
    for (const { operands: { key, value, mask } } of cross) {
      for (const made of [key.value, value.value, ...(mask === undefined ? [] : [mask])]) {
        assert.ok(prompt?.outputs.includes(made), made);
      }
    }
    const before = new Set(cross.flatMap(({ written }) => written?.softmax ?? []));
    const kept = stages.flatMap(({ segment }) => segment?.model.proto.graph.node ?? []);
    assert.ok(kept.every(({ name }) => !before.has(name ?? "")), "a softmax was left in a segment");
    const names = kept.filter(({ input }) => input.length > 0).map(({ name }) => name);
    const constants = names.length - new Set(names).size;
    assert.ok(
      constants < names.length / 10,
      `${constants} of ${names.length} nodes are in more than one segment`,
    );
  });

  Deno.test(`cutGraph: ${family}: no stage has a product of what is the prompt's alone`, () => {
    const changes = changesWith(model, changing);
    const { prompt, stages } = cutGraph(model, cuttable, changing);
    const products = (segment = prompt) =>
      segment?.model.proto.graph.node.filter(({ opType }) => PRODUCTS.includes(opType)) ?? [];
    const inStages = stages.flatMap(({ segment }) => segment ? products(segment) : []);
    assert.ok(inStages.length > 0 && products().length > 0);
    assert.deepEqual(inStages.filter(({ output }) => !changes(output[0])).map(({ name }) => name), []);
    assert.deepEqual(products().filter(({ output }) => changes(output[0])).map(({ name }) => name), []);
  });

  Deno.test(`cutGraph: ${family}: each segment is a whole file, and no weight is in two`, () => {
    const { prompt, stages } = cutGraph(model, cuttable, changing);
    const weights: string[] = [];
    for (const segment of [prompt, ...stages.map((stage) => stage.segment)]) {
      if (!segment) continue;
      const { graph } = readOnnx(encodeOnnx(segment.model), "segment.onnx").proto;
      assert.deepEqual(graph.input.map(({ name }) => name), segment.inputs);
      assert.deepEqual(graph.output.map(({ name }) => name), segment.outputs);
      const large = graph.initializer.filter(({ externalData }) => externalData?.length);
      weights.push(...large.map(({ name }) => name as string));
    }
    assert.equal(new Set(weights).size, weights.length);
  });

  testOnDevices(
    `cutGraph: ${family}: with its sites in float64, equals the original`,
    ["native"],
    async (device) => {
      await using runtime = await runtimeFor(device);
      const taken = cuttable.filter(({ kind }) => kind !== "self");
      // In float64 TypeScript self-attention is slow: one family is enough.
      for (const chosen of family === "sd15" ? [taken, cuttable] : [taken]) {
        await using reference = await openReferenceDenoiser(runtime, loaded, chosen);
        const run = (policy: AttentionPolicy) =>
          reference.run(({ kind }) => kind === "self" ? { kind: "dense" } : policy);
        const dense = relativeL2(await run({ kind: "dense" }), goldens.floats("core_forward", "out.dense"));
        assert.ok(dense <= DENSE, `dense: relative L2 ${dense}`);
        const sparse = relativeL2(
          await run({ kind: "pladis", lambda: 2, alpha: 1.5 }),
          goldens.floats("core_forward", "out.pladis_2_1.5"),
        );
        assert.ok(sparse <= SPARSE, `pladis: relative L2 ${sparse}`);
      }
    },
  );
}
