/**
 * The first form of an attention policy: its nodes in the place of the softmax, on any runtime.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { jointGraph } from "../../ops/attention/joint/graph.ts";
import type { ScoresInfo } from "../../ops/attention/node_builder.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { policyGraph } from "../../ops/attention/policy_graph.ts";
import { applyEdits, editGraph, type GraphEditor } from "../onnx/graph_editor.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import { type OnnxModel, opsetOf } from "../onnx/read_onnx.ts";
import { type GraphIndex, indexGraph } from "../onnx/graph_index.ts";
import type { AttentionSite } from "./attention_site.ts";
import {
  type FusedAttention,
  isFusedAttention,
  readFusedAttention,
  writeOutAttention,
} from "./fused_attention.ts";

/** Makes the last of a site's nodes write the value that the softmax wrote. */
function renameOutput(nodes: readonly NodeProto[], from: string, to: string): NodeProto[] {
  const rename = (name: string) => name === from ? to : name;
  return nodes.map((node) => ({ ...node, input: node.input.map(rename), output: node.output.map(rename) }));
}

/** The number of a site's text tokens, int64 [1], told by the graph's input. */
function textLength(editor: GraphEditor, input: string): string {
  const one = (x: number) => editor.constant([x], "int64");
  return editor.node("Slice", [editor.node("Shape", [input]), one(1), one(2), one(0)]);
}

/** Writes a site's weights from its scores. */
function weigher(editor: GraphEditor, { text }: AttentionSite, policy: AttentionPolicy, keys?: number) {
  const known = keys === undefined ? {} : { keys };
  return (scores: string, info: ScoresInfo) =>
    text
      ? jointGraph(policy, editor, scores, { ...info, ...known }, {
        order: text.order,
        length: textLength(editor, text.input),
      })
      : policyGraph(policy, editor, scores, { ...info, ...known });
}

function rewriteSite(
  index: GraphIndex,
  editor: GraphEditor,
  node: NodeProto,
  site: AttentionSite,
  policy: AttentionPolicy,
  keys?: number,
) {
  const nodes = editor.begin(`/${site.id.replaceAll(".", "/")}`);
  const weigh = weigher(editor, site, policy, keys), { dtype, masked } = site;
  const result = site.written
    ? weigh(site.written.logits, { dtype, masked })
    : writeOutAttention(editor, readFusedAttention(index, node) as FusedAttention, dtype, weigh);
  return renameOutput(nodes, result, node.output[0]);
}

/**
 * Replaces the softmax of each given site by the policy's nodes; an operator that is a whole site is written out first. Weights stay views into the original bytes.
 *
 * λ becomes a graph input, a float32 scalar shared by all sites (see `policyInputs`); α is compiled in.
 *
 * @param model The denoiser.
 * @param sites Sites of this model, from `findAttentionSites`.
 * @param policy The policy to put there.
 * @param keys The number of the text's keys, when it is known: fewer iterations are compiled for fewer keys.
 * @returns A new model; the given one is unchanged.
 * @throws {GraphError} if a site's softmax is not in the graph.
 */
export function rewriteSites(
  model: OnnxModel,
  sites: readonly AttentionSite[],
  policy: AttentionPolicy,
  keys?: number,
): OnnxModel {
  if (policy.kind === "dense" || sites.length === 0) return model;
  const { graph } = model.proto;
  const byName = new Map(graph.node.map((node) => [node.name || node.output[0], node]));
  const editor = editGraph(opsetOf(model.proto)), index = indexGraph(model);
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  for (const site of sites) {
    const node = byName.get(site.node);
    if (!node || !(site.written ? node.opType === "Softmax" : isFusedAttention(node))) {
      throw new GraphError({
        doing: `rewrite the attention of ${model.path}`,
        what: `site ${site.id}`,
        rule: "a softmax or an attention operator of this graph",
        got: node?.opType ?? "no such node",
      });
    }
    replacements.set(node, rewriteSite(index, editor, node, site, policy, keys));
  }
  return { ...model, proto: { ...model.proto, graph: applyEdits(graph, replacements, editor) } };
}
