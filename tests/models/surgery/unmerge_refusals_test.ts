/** What is not taken apart: it stays as it is, is no site, and is missed by name where it was declared. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphError } from "../../../errors.ts";
import { unetSites } from "../../../models/families/unet_sites.ts";
import { AttributeType, type NodeProto, type TensorProto } from "../../../models/onnx/onnx_types.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { matchSites } from "../../../models/surgery/match_sites.ts";
import { unmergeAttention } from "../../../models/surgery/unmerge_attention.ts";
import {
  BIASED_INPUTS,
  BIASED_OUTPUTS,
  loadMerged,
  nodeNamed,
  UNET_CONFIG,
  UNET_INPUTS,
  withNode,
} from "../../helpers/merged_attention.ts";

type Change = (node: NodeProto) => NodeProto;

const withAttribute = (name: string): Change => (node) => ({
  ...node,
  attribute: [...node.attribute ?? [], { name, type: AttributeType.INT, i: 1 }],
});

const withInput = (at: number): Change => (node) => ({
  ...node,
  input: Array.from(
    { length: Math.max(at + 1, node.input.length) },
    (_, i) => i === at ? "other" : node.input[i] ?? "",
  ),
});

const withOutput: Change = (node) => ({ ...node, output: [...node.output, "present"] });

const withSizes = (...ints: number[]): Change => (node) => ({
  ...node,
  attribute: [
    ...(node.attribute ?? []).filter(({ name }) => name !== "qkv_hidden_sizes"),
    { name: "qkv_hidden_sizes", type: AttributeType.INTS, ints },
  ],
});

const HEADS: Change = (node) => ({
  ...node,
  attribute: (node.attribute ?? []).map((each) => each.name === "num_heads" ? { ...each, i: 5 } : each),
});

/** What an operator may do, or be given, that three operands and a sum with the scores are not. */
const MORE: Readonly<Record<string, readonly Change[]>> = {
  Attention: [
    ...[3, 4, 6].map(withInput),
    withAttribute("unidirectional"),
    withAttribute("do_rotary"),
    withOutput,
    withSizes(12, 12, 24),
    withSizes(16, 16, 32),
    HEADS,
  ],
  MultiHeadAttention: [
    ...[4, 6, 7, 8, 9].map(withInput),
    withAttribute("unidirectional"),
    withOutput,
    HEADS,
  ],
};

const biased = await loadMerged("biased"), packed = await loadMerged("packed");
const operators = BIASED_OUTPUTS.map((output) => output.replace("_out", ""));

Deno.test("unmergeAttention: an operator that does more stays and is no site, and the others are taken apart", () => {
  const cases = fc.constantFrom(...operators).chain((name) =>
    fc.tuple(fc.constant(name), fc.subarray([...MORE[nodeNamed(biased, name).opType]], { minLength: 1 }))
  );
  fc.assert(
    fc.property(cases, ([name, changes]) => {
      const changed = withNode(biased, name, (node) => changes.reduce((each, change) => change(each), node));
      const plain = unmergeAttention(changed);
      assert.equal(nodeNamed(plain, name), nodeNamed(changed, name));
      const found = findAttentionSites(plain, BIASED_INPUTS).map(({ id }) => id);
      assert.deepEqual(found, operators.filter((operator) => operator !== name));
    }),
    { numRuns: 200 },
  );
});

Deno.test("findAttentionSites: a plain operator that does more is no site either", () => {
  const plain = unmergeAttention(biased);
  for (const change of [withInput(4), withInput(6), withAttribute("unidirectional"), withOutput]) {
    const found = findAttentionSites(withNode(plain, "a3", change), BIASED_INPUTS).map(({ id }) => id);
    assert.deepEqual(found, ["a0", "a1", "a2", "a4"]);
  }
});

/** A model with one initializer replaced. */
function withWeight(model: OnnxModel, name: string, change: (tensor: TensorProto) => TensorProto): OnnxModel {
  const { proto } = model;
  const initializer = proto.graph.initializer.map((each) => each.name === name ? change(each) : each);
  return { ...model, proto: { ...proto, graph: { ...proto.graph, initializer } } };
}

Deno.test("unmergeAttention: packed operands whose shape is not told, or is another, stay", () => {
  const reshape = packed.proto.graph.node.find(({ output }) =>
    output[0] === nodeNamed(packed, "MultiHeadAttention_0").input[0]
  ) as NodeProto;
  for (const shape of [[0, 0, 2, 3, -1], [0, 0, 4, 3, 2], [0, 0, 2, 2, 6], [0, 0, 24]]) {
    const rawData = new Uint8Array(new BigInt64Array(shape.map(BigInt)).buffer);
    const changed = withWeight(packed, reshape.input[1], ({ name }) => ({
      name,
      dataType: 7,
      dims: [shape.length],
      rawData,
    }));
    const plain = unmergeAttention(changed);
    assert.equal(nodeNamed(plain, "MultiHeadAttention_0"), nodeNamed(changed, "MultiHeadAttention_0"));
    assert.notEqual(nodeNamed(plain, "MultiHeadAttention_1"), nodeNamed(changed, "MultiHeadAttention_1"));
  }
});

Deno.test("unmergeAttention: a bias of another length is that of wider values, and stays", () => {
  const changed = withWeight(biased, "a2.bias", (tensor) => ({ ...tensor, dims: [2 * 16 + 32] }));
  assert.equal(nodeNamed(unmergeAttention(changed), "a2"), nodeNamed(changed, "a2"));
});

Deno.test("findAttentionSites: values wider than the keys are no site", () => {
  const plain = withWeight(
    unmergeAttention(biased),
    "v2.weight",
    (tensor) => ({ ...tensor, dims: [12, 32] }),
  );
  const found = findAttentionSites(
    withNode(plain, "a2", (node) => ({ ...node, input: ["q2_out", "k2_out", "v2_out"] })),
    BIASED_INPUTS,
  );
  assert.deepEqual(found.map(({ id }) => id), ["a0", "a1", "a3", "a4"]);
});

const MISSED: readonly (readonly [file: string, operator: string, what: string, change: Change])[] = [
  ["merged", "MultiHeadAttention_1", "padding", withInput(4)],
  ["packed", "MultiHeadAttention_5", "padding", withInput(4)],
  ["packed", "MultiHeadAttention_5", "a causal mask", withAttribute("unidirectional")],
];

for (const [file, operator, what, change] of MISSED) {
  Deno.test(`matchSites: ${file}: a cross-attention with ${what} is missed by its name`, async () => {
    const model = unmergeAttention(withNode(await loadMerged(file), operator, change));
    const cross = findAttentionSites(model, UNET_INPUTS).filter(({ kind }) => kind === "cross");
    assert.throws(
      () => matchSites(model.path, cross, unetSites(UNET_CONFIG)),
      (error: Error) =>
        error instanceof GraphError && error.message.includes("the 4 that its config.json declares") &&
        /declared but not found: [a-z]+_blocks?(\.\d)?\.attentions\.\d\.transformer_blocks\.0\.attn2;/
          .test(error.message),
    );
    assert.equal(cross.length, 3);
  });
}
