/**
 * The first form of an attention policy: its nodes in the place of the softmax, on any runtime.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { jointGraph } from "../../ops/attention/joint/graph.ts";
import type { NodeBuilder, ScoresInfo } from "../../ops/attention/node_builder.ts";
import { type AttentionPolicy, inputOfPolicy } from "../../ops/attention/policy.ts";
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

/** A policy, and the sites where it is to stand. */
export interface PolicyAtSites {
  readonly policy: AttentionPolicy;
  readonly sites: readonly AttentionSite[];
}

/** What is written at a site: policy i of the graph. */
interface PolicyHere {
  readonly policy: AttentionPolicy;
  readonly i: number;
  /** The number of the text's keys, when it is known. */
  readonly keys: number | undefined;
}

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

/** The hand of policy i of a graph: its inputs are its own. */
function ownInputs(editor: GraphEditor, i: number): NodeBuilder {
  const { opset, node, constant } = editor;
  return { opset, node, constant, input: (name, axes) => editor.input(inputOfPolicy(name, i), axes) };
}

/** Writes a site's weights from its scores. */
function weigher(editor: GraphEditor, { text }: AttentionSite, { policy, i, keys }: PolicyHere) {
  const known = keys === undefined ? {} : { keys }, builder = ownInputs(editor, i);
  return (scores: string, info: ScoresInfo) =>
    text
      ? jointGraph(policy, builder, scores, { ...info, ...known }, {
        order: text.order,
        length: textLength(editor, text.input),
      })
      : policyGraph(policy, builder, scores, { ...info, ...known });
}

function rewriteSite(
  index: GraphIndex,
  editor: GraphEditor,
  node: NodeProto,
  site: AttentionSite,
  here: PolicyHere,
) {
  const nodes = editor.begin(`/${site.id.replaceAll(".", "/")}`);
  const weigh = weigher(editor, site, here), { dtype, masked } = site;
  const result = site.written
    ? weigh(site.written.logits, { dtype, masked })
    : writeOutAttention(editor, readFusedAttention(index, node) as FusedAttention, dtype, weigh);
  return renameOutput(nodes, result, node.output[0]);
}

/**
 * Replaces the softmax of each given site by its policy's nodes; an operator that is a whole site is written out first. Weights stay views into the original bytes.
 *
 * λ becomes a graph input, a float32 scalar shared by all sites of a policy (see `policyInputs` and `inputOfPolicy`); α is
 * compiled in.
 *
 * @param model The denoiser.
 * @param policies Policies, each with sites of this model, from `findAttentionSites`, that no other has.
 * @param keys The number of the text's keys, when it is known: fewer iterations are compiled for fewer keys.
 * @returns A new model; the given one is unchanged.
 * @throws {GraphError} if a site's softmax is not in the graph.
 */
export function rewriteSites(
  model: OnnxModel,
  policies: readonly PolicyAtSites[],
  keys?: number,
): OnnxModel {
  const taken = policies.flatMap(({ policy, sites }, i) =>
    policy.kind === "dense" ? [] : sites.map((site) => ({ site, policy, i }))
  );
  if (taken.length === 0) return model;
  const { graph } = model.proto;
  const byName = new Map(graph.node.map((node) => [node.name || node.output[0], node]));
  const editor = editGraph(opsetOf(model.proto)), index = indexGraph(model);
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  for (const { site, policy, i } of taken) {
    const node = byName.get(site.node);
    if (!node || !(site.written ? node.opType === "Softmax" : isFusedAttention(node))) {
      throw new GraphError({
        doing: `rewrite the attention of ${model.path}`,
        what: `site ${site.id}`,
        rule: "a softmax or an attention operator of this graph",
        got: node?.opType ?? "no such node",
      });
    }
    replacements.set(node, rewriteSite(index, editor, node, site, { policy, i, keys }));
  }
  return { ...model, proto: { ...model.proto, graph: applyEdits(graph, replacements, editor) } };
}
