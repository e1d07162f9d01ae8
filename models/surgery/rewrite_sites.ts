/**
 * The first form of an attention policy: its nodes in the place of the softmax, on any runtime.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
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

function rewriteSite(
  index: GraphIndex,
  editor: GraphEditor,
  node: NodeProto,
  site: AttentionSite,
  policy: AttentionPolicy,
  keys?: number,
) {
  const nodes = editor.begin(`/${site.id.replaceAll(".", "/")}`);
  if (site.written) {
    const { logits } = site.written;
    const weights = policyGraph(policy, editor, logits, { keys, dtype: site.dtype, masked: site.masked });
    return renameOutput(nodes, weights, node.output[0]);
  }
  const fused = readFusedAttention(index, node) as FusedAttention;
  return renameOutput(
    nodes,
    writeOutAttention(editor, fused, policy, { keys, dtype: site.dtype }),
    node.output[0],
  );
}

/**
 * Replaces the softmax of each given site by the policy's nodes; an operator that is a whole site is written out first. Weights stay views into the original bytes.
 *
 * λ becomes a graph input, a float32 scalar shared by all sites (see `policyInputs`); α is compiled in.
 *
 * @param model The denoiser.
 * @param sites Sites of this model, from `findAttentionSites`.
 * @param policy The policy to put there.
 * @param keys K, the number of keys, when it is known: fewer iterations are compiled for fewer keys.
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
  const editor = editGraph(opsetOf(model.proto)), index = indexGraph(graph);
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
