/** The fixtures of tests/fixtures/merged_attention: models whose attention is one operator, projections and all. */
import assert from "node:assert/strict";
import { encodeForSession } from "../../models/onnx/encode_onnx.ts";
import type { NodeProto } from "../../models/onnx/onnx_types.ts";
import { type OnnxModel, readOnnx } from "../../models/onnx/read_onnx.ts";
import type { DeviceName } from "../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../models/runtimes/tensor.ts";
import { type AttentionPolicy, policyInputs } from "../../ops/attention/policy.ts";
import { fixture, loadGoldens, relativeL2 } from "./goldens.ts";
import { runtimeFor } from "./runtimes_under_test.ts";

export const mergedGoldens = loadGoldens("merged_attention");

/** The U-Nets, all of the same weights, and the model that was made by hand. */
export const MERGED_UNETS = ["merged", "packed", "merged_fp16", "packed_fp16"];
export const BIASED_OUTPUTS = ["a0_out", "a1_out", "a2_out", "a3_out", "a4_out"];

export const UNET_INPUTS = { text: "encoder_hidden_states", image: "sample" };
export const BIASED_INPUTS = { text: "text", image: "image" };
export const UNET_CONFIG = { path: "unet/config.json", values: mergedGoldens.meta.config };

/** One of the files. */
export async function loadMerged(name: string): Promise<OnnxModel> {
  const path = fixture("merged_attention", name === "biased" ? "biased.onnx" : `${name}.onnx.gz`);
  const bytes = await Deno.readFile(path);
  if (!path.endsWith(".gz")) return readOnnx(bytes, path);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return readOnnx(new Uint8Array(await new Response(stream).arrayBuffer()), path);
}

/** The inputs of a recipe. */
export function feedsOf(recipe: string): Record<string, Tensor> {
  const names = Object.keys(mergedGoldens.recipes[recipe].tensors).filter((name) => name.startsWith("in."));
  return Object.fromEntries(names.map((name) => {
    const { shape } = mergedGoldens.tensor(recipe, name);
    return [name.slice("in.".length), floatTensor(shape, mergedGoldens.floats(recipe, name))];
  }));
}

/** λ, where the policy has it. */
export const scalarsOf = (policy: AttentionPolicy) =>
  Object.fromEntries(
    Object.entries(policyInputs(policy)).map((
      [name, value],
    ) => [name, floatTensor([], Float32Array.of(value))]),
  );

/** A model with other outputs, float32. */
export function withOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const output = names.map((name) => ({ name, type: { tensorType: { elemType: 1 } } }));
  return { ...model, proto: { ...model.proto, graph: { ...model.proto.graph, output } } };
}

/** What a model gives. */
export async function outputsOf(model: OnnxModel, device: DeviceName, feeds: Record<string, Tensor>) {
  await using runtime = await runtimeFor(device);
  await using session = await runtime.compile(encodeForSession(model), "unmerged");
  return await session.run(feeds);
}

/** @throws {AssertionError} if the relative L2 distance is above a bar. */
export function assertClose(out: Tensor, golden: Float32Array, bar: number, what: string): void {
  const error = relativeL2(out.data as Float32Array, golden);
  assert.ok(error <= bar, `${what}: relative L2 ${error}, above ${bar}`);
}

export const nodeNamed = ({ proto }: OnnxModel, name: string) =>
  proto.graph.node.find((node) => node.name === name) as NodeProto;

/** A model with one node changed. */
export function withNode(model: OnnxModel, name: string, change: (node: NodeProto) => NodeProto): OnnxModel {
  const node = model.proto.graph.node.map((node) => node.name === name ? change(node) : node);
  return { ...model, proto: { ...model.proto, graph: { ...model.proto.graph, node } } };
}
