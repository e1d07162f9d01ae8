/**
 * Attention weights as outputs of a graph.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { applyEdits, editGraph } from "../onnx/graph_editor.ts";
import { DataType, type NodeProto, type ValueInfoProto } from "../onnx/onnx_types.ts";
import { type OnnxModel, opsetOf } from "../onnx/read_onnx.ts";
import type { AttentionSite } from "./attention_site.ts";

/** Why a site's weights cannot be read; undefined if they can. */
export function whyNotTapped({ kind, written, operands }: AttentionSite): string | undefined {
  if (kind !== "cross") return `it is ${kind}-attention, and maps are of cross-attention`;
  if (!written) return "one operator computes it, and its weights are never a value";
  return operands ? undefined : "its heads cannot be told";
}

/** The output that {@linkcode tapWeights} adds for a site: float32 [B, Q, K]. */
export function tapOutput(site: AttentionSite): string {
  return `winnow/weights/${site.id}`;
}

/** The end of an axis, whatever its length. */
const END = 2 ** 31 - 1;

/**
 * Adds the weights of sites, averaged over heads, to the outputs.
 *
 * @param model A denoiser, before or after its sites were rewritten.
 * @param sites Sites of it for which {@linkcode whyNotTapped} has nothing to say.
 * @throws {GraphError} if a site's weights are no value of this graph.
 */
export function tapWeights(model: OnnxModel, sites: readonly AttentionSite[]): OnnxModel {
  if (sites.length === 0) return model;
  const { graph } = model.proto, editor = editGraph(opsetOf(model.proto), "tap_constant");
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const added: NodeProto[] = [], outputs: ValueInfoProto[] = [];
  const numbers = (...values: number[]) => editor.constant(values, "int64");
  for (const site of sites) {
    const weights = site.written?.weights;
    if (weights === undefined || !site.operands || !made.has(weights)) {
      throw new GraphError({
        doing: `read the attention weights of ${model.path}`,
        what: site.id,
        rule: "a site whose weights are a value of this graph",
        got: whyNotTapped(site) ?? "no such value",
      });
    }
    const nodes = editor.begin(`taps/${site.id.replaceAll(".", "/")}`);
    // [B, H, Q, K] or [B·H, Q, K]
    const ends = editor.node("Slice", [
      editor.node("Shape", [weights]),
      numbers(-2),
      numbers(END),
      numbers(0),
    ]);
    const shape = editor.node("Concat", [numbers(-1, site.operands.heads), ends], { axis: 0 });
    const byHead = editor.node("Reshape", [
      editor.node("Cast", [weights], { to: DataType.FLOAT }),
      shape,
    ]);
    const heads = editor.opset >= 18
      ? editor.node("ReduceMean", [byHead, numbers(1)], { keepdims: 0 })
      : editor.node("ReduceMean", [byHead], { axes: [1], keepdims: 0 });
    const name = tapOutput(site);
    added.push(...nodes, { opType: "Identity", name: `${name}/output`, input: [heads], output: [name] });
    const dim = ["batch", "queries", "keys"].map((axis) => ({ dimParam: `${site.id} ${axis}` }));
    outputs.push({ name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } });
  }
  const edited = applyEdits(graph, new Map(), editor);
  const whole = { ...edited, node: [...edited.node, ...added], output: [...graph.output, ...outputs] };
  return { ...model, proto: { ...model.proto, graph: whole } };
}
